//! Pixels made fewer. Values are averaged as they are coded, as players and browsers do.

use bytemuck::cast_slice;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4, U16};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::frame::{Plane, Samples};
use crate::{Error, Kind, Result};

/// Cubic convolution with a = −0.5, stretched over all samples that become one: as sharp as the
/// sines of Lanczos at this size, without their second ring around letters, for two thirds of the
/// multiplications.
const FILTER: FilterType = FilterType::CatmullRom;

/// A stretch of a plane, in samples and parts of them, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A stretch of a plane as `columns` × `rows` samples, of the same size of numbers.
///
/// # Errors
/// [`Kind::Invalid`] if the plane has fewer samples than it says, or the stretch is not inside it.
pub(super) fn scale_plane(
    plane: &Plane,
    stretch: Stretch,
    columns: u32,
    rows: u32,
) -> Result<Vec<f32>> {
    let (from, to) = ((plane.width, plane.height), (columns, rows));
    let options = options().crop(stretch.left, stretch.top, stretch.width, stretch.height);
    Ok(match &plane.samples {
        Samples::Eight(samples) => {
            let scaled = scale::<U8>(samples, from, to, &options)?;
            scaled.pixels().iter().map(|sample| f32::from(sample.0)).collect()
        }
        Samples::Sixteen(samples) => {
            let scaled = scale::<U16>(cast_slice(samples), from, to, &options)?;
            scaled.pixels().iter().map(|sample| f32::from(sample.0)).collect()
        }
    })
}

/// Red, green and blue of `to` pixels out of as many bytes of `from`, each a width and a height.
///
/// # Errors
/// [`Kind::Invalid`] if there are fewer bytes than `from` needs.
pub(super) fn scale_rgb(rgb: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<u8>> {
    let scaled = scale::<U8x3>(rgb, from, to, &options())?;
    Ok(scaled.pixels().iter().flat_map(|pixel| pixel.0).collect())
}

/// As [`scale_rgb`] with a fourth number for how little a pixel lets through. What is not seen does
/// not colour its neighbours.
///
/// # Errors
/// [`Kind::Invalid`] if there are fewer bytes than `from` needs.
pub(super) fn scale_rgba(rgba: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<u8>> {
    let scaled = scale::<U8x4>(rgba, from, to, &options().use_alpha(true))?;
    Ok(scaled.pixels().iter().flat_map(|pixel| pixel.0).collect())
}

fn options() -> ResizeOptions {
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FILTER)).use_alpha(false)
}

fn scale<P: PixelTrait>(
    bytes: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    options: &ResizeOptions,
) -> Result<TypedImage<'static, P>> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| {
        Error::with_source(Kind::Invalid, format!("scaling {from:?} to {to:?} pixels"), source)
    };
    let from =
        TypedImageRef::<P>::from_buffer(from.0, from.1, bytes).map_err(|e| failed(e.into()))?;
    let mut scaled = TypedImage::new(to.0, to.1);
    Resizer::new().resize_typed(&from, &mut scaled, options).map_err(|e| failed(e.into()))?;
    Ok(scaled)
}
