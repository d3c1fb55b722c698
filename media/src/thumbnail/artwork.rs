//! Pictures that people put beside their films, made as small as they are shown.

use std::io::Cursor;
use std::panic::catch_unwind;

use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder as _, ImageError, ImageReader,
    Limits, RgbImage, RgbaImage,
};

use super::jpeg::encode_jpeg;
use super::picture::{Picture, height_for};
use super::placeholder::{thumb_hash, thumb_hash_rgba};
use super::scale::{scale_rgb, scale_rgba};
use crate::limits::{
    ARTWORK_BYTES_MAX, ARTWORK_DECODED_BYTES_MAX, ARTWORK_SIDE_MAX, ARTWORK_WIDTHS,
};
use crate::{Error, Kind, Result};

/// Artwork, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artwork {
    /// A JPEG; a PNG where something shows through, as it does around a logo.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its ThumbHash in base64.
    pub thumb_hash: String,
}

/// The width in which artwork is made for who asks for `width`: that or the next larger one of
/// [`ARTWORK_WIDTHS`], the largest if none is.
pub fn artwork_width(width: u32) -> u32 {
    let [.., largest] = ARTWORK_WIDTHS;
    ARTWORK_WIDTHS.into_iter().find(|made| *made >= width).unwrap_or(largest)
}

/// A JPEG, PNG, WebP or the first frame of a GIF, [`artwork_width`] of `width` pixels wide, or as
/// wide as it is if that is less; turned upright where EXIF says how (CIPA DC-008, Orientation).
///
/// Nothing is decoded before the header has shown that there is room for it. Takes some tens of
/// milliseconds for a fanart of 3840 × 2160; belongs on a thread that may.
///
/// # Errors
/// [`Kind::Unsupported`] for another format or more pixels than are decoded, [`Kind::Invalid`] for
/// bytes that cannot be decoded, whatever they make the decoder do.
pub fn make_artwork(bytes: &[u8], width: u32) -> Result<Artwork> {
    if bytes.len() > ARTWORK_BYTES_MAX {
        let doing = format!("decoding artwork of {} bytes", bytes.len());
        return Err(Error::new(Kind::Unsupported, doing));
    }
    let (image, orientation) = catch_unwind(|| decode(bytes)).unwrap_or_else(|_| {
        Err(Error::new(Kind::Invalid, "decoding artwork: the decoder gave up"))
    })?;
    let is_turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let from = (image.width(), image.height());
    let swapped =
        |(width, height): (u32, u32)| if is_turned { (height, width) } else { (width, height) };
    let upright = swapped(from);
    let width = artwork_width(width).min(upright.0);
    let to = swapped((width, height_for(width, upright.0, upright.1).min(upright.1)));

    // Made small first and turned then: a thousandth of the pixels to move.
    let mut small = if image.color().has_alpha() {
        let rgba = scale_rgba(&image.into_rgba8(), from, to)?;
        DynamicImage::from(RgbaImage::from_raw(to.0, to.1, rgba).expect("scaled to that size"))
    } else {
        let rgb = scale_rgb(&image.into_rgb8(), from, to)?;
        DynamicImage::from(RgbImage::from_raw(to.0, to.1, rgb).expect("scaled to that size"))
    };
    small.apply_orientation(orientation);
    let (width, height) = (small.width(), small.height());
    match small {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX) => {
            let mut png = Vec::new();
            PngEncoder::new(&mut png)
                .write_image(&rgba, width, height, ExtendedColorType::Rgba8)
                .map_err(|error| Error::with_source(Kind::Internal, "encoding a PNG", error))?;
            let thumb_hash = thumb_hash_rgba(&rgba, width, height)?;
            Ok(Artwork { bytes: png, media_type: "image/png", width, height, thumb_hash })
        }
        opaque => {
            let picture = Picture::new(width, height, opaque.into_rgb8().into_raw())?;
            let (bytes, thumb_hash) = (encode_jpeg(&picture)?, thumb_hash(&picture)?);
            Ok(Artwork { bytes, media_type: "image/jpeg", width, height, thumb_hash })
        }
    }
}

/// All pixels as they stand in the file, and how they are to be turned.
fn decode(bytes: &[u8]) -> Result<(DynamicImage, Orientation)> {
    let failed = |error: ImageError| {
        let kind = match &error {
            ImageError::Unsupported(_) | ImageError::Limits(_) => Kind::Unsupported,
            _ => Kind::Invalid,
        };
        Error::with_source(kind, "decoding artwork", error)
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(ARTWORK_SIDE_MAX);
    limits.max_image_height = Some(ARTWORK_SIDE_MAX);
    limits.max_alloc = Some(ARTWORK_DECODED_BYTES_MAX);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| Error::io("reading the first bytes of artwork", error))?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    // Not every decoder counts what it gives among what it allocates.
    if decoder.total_bytes() > ARTWORK_DECODED_BYTES_MAX {
        let (width, height) = decoder.dimensions();
        let doing = format!("decoding artwork of {width} × {height} pixels");
        return Err(Error::new(Kind::Unsupported, doing));
    }
    // What EXIF says is a hint: a picture with a damaged one is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(failed)?, orientation))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use image::codecs::gif::GifEncoder;
    use image::codecs::jpeg::JpegEncoder;
    use image::codecs::webp::WebPEncoder;
    use image::{Frame as GifFrame, Rgba};
    use proptest::prelude::*;

    use super::*;
    use crate::thumbnail::testing::{detailed, psnr_db};

    fn rgb(width: u32, height: u32) -> RgbImage {
        let picture = detailed(width, height);
        RgbImage::from_raw(width, height, picture.rgb().to_vec()).expect("whole")
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Png).expect("encodes");
        bytes.into_inner()
    }

    fn jpeg(image: &RgbImage, orientation: Option<u8>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        if let Some(orientation) = orientation {
            // TIFF, one entry: tag 0x0112, a short, once.
            let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
            exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
            encoder.set_exif_metadata(exif).expect("JPEG carries EXIF");
        }
        encoder.encode_image(image).expect("encodes");
        bytes
    }

    /// A PNG that says how large it is and has next to nothing inside.
    fn png_of_size(width: u32, height: u32) -> Vec<u8> {
        let mut png = png(&DynamicImage::from(RgbImage::new(1, 1)));
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let check = crc(&png[12..29]);
        png[29..33].copy_from_slice(&check.to_be_bytes());
        png
    }

    /// CRC-32 of PNG (ISO/IEC 15948, annex D).
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn a_width_is_taken_to_the_next_that_is_made() {
        for (asked, made) in
            [(0, 160), (160, 160), (161, 320), (700, 960), (1280, 1280), (u32::MAX, 1280)]
        {
            assert_eq!(artwork_width(asked), made, "{asked}");
        }
        assert!(ARTWORK_WIDTHS.is_sorted());
    }

    #[test]
    fn each_format_becomes_a_jpeg_that_shows_the_same() {
        let image = rgb(600, 900);
        let mut gif = Vec::new();
        let frames = [DynamicImage::from(image.clone()).into_rgba8(), RgbaImage::new(600, 900)];
        GifEncoder::new(&mut gif).encode_frames(frames.map(GifFrame::new)).expect("encodes");
        let mut webp = Vec::new();
        WebPEncoder::new_lossless(&mut webp)
            .write_image(&image, 600, 900, ExtendedColorType::Rgb8)
            .expect("encodes");
        let expected = scale_rgb(&image, (600, 900), (320, 480)).expect("scales");
        for (format, bytes, db_min) in [
            ("JPEG", jpeg(&image, None), 28.0),
            ("PNG", png(&image.clone().into()), 28.0),
            ("PNG of 16 bits", png(&DynamicImage::from(image.clone()).into_rgb16().into()), 28.0),
            // Every pixel is there, none shows through.
            ("PNG with alpha", png(&DynamicImage::from(image.clone()).into_rgba8().into()), 28.0),
            ("WebP", webp, 28.0),
            // 256 colours, and the second frame is empty.
            ("GIF", gif, 20.0),
        ] {
            let made = make_artwork(&bytes, 200).expect(format);
            assert_eq!(made.media_type, "image/jpeg", "{format}");
            assert_eq!((made.width, made.height), (320, 480), "{format}");
            assert!((20..=36).contains(&made.thumb_hash.len()), "{format}: {}", made.thumb_hash);
            let shown = image::load_from_memory(&made.bytes).expect("a JPEG").into_rgb8();
            let db = psnr_db(&shown, &expected);
            assert!(db > db_min, "{format}: {db:.1} dB");
        }
    }

    #[test]
    fn what_shows_through_stays_so() {
        let logo = RgbaImage::from_fn(800, 200, |x, _| {
            if x < 400 { Rgba([250, 20, 20, 255]) } else { Rgba([0, 255, 0, 0]) }
        });
        let made = make_artwork(&png(&logo.into()), 320).expect("is made");
        assert_eq!((made.media_type, made.width, made.height), ("image/png", 320, 80));
        let shown = image::load_from_memory(&made.bytes).expect("a PNG").into_rgba8();
        assert_eq!(shown.get_pixel(10, 40).0, [250, 20, 20, 255]);
        assert_eq!(shown.get_pixel(310, 40).0[3], 0);
        // The edge is half through, and as red as the rest: what is not seen has no colour.
        let edge =
            (155..165).map(|x| shown.get_pixel(x, 40).0).find(|p| (32..=224).contains(&p[3]));
        assert!(edge.is_none_or(|[red, green, ..]| red > 200 && green < 60), "{edge:?}");
    }

    #[test]
    fn artwork_is_never_enlarged() {
        let made = make_artwork(&png(&rgb(90, 30).into()), 1280).expect("is made");
        assert_eq!((made.width, made.height), (90, 30));
        let made = make_artwork(&png(&rgb(1, 1).into()), 1280).expect("is made");
        assert_eq!((made.width, made.height), (1, 1));
        let made = make_artwork(&png(&rgb(3, 2000).into()), 160).expect("is made");
        assert_eq!((made.width, made.height), (3, 2000));
    }

    #[test]
    fn a_photograph_stands_upright() {
        // Red in the upper left corner of what EXIF says is to be turned.
        let red = |x: u32, y: u32| x < 40 && y < 20;
        let image =
            RgbImage::from_fn(80, 40, |x, y| image::Rgb([if red(x, y) { 255 } else { 0 }; 3]));
        for (orientation, size, corner) in [
            (1, (80, 40), (10, 5)),
            (2, (80, 40), (70, 5)),
            (3, (80, 40), (70, 35)),
            (4, (80, 40), (10, 35)),
            (5, (40, 80), (5, 10)),
            (6, (40, 80), (35, 10)),
            (7, (40, 80), (35, 70)),
            (8, (40, 80), (5, 70)),
            (9, (80, 40), (10, 5)),
        ] {
            let made = make_artwork(&jpeg(&image, Some(orientation)), 320).expect("is made");
            assert_eq!((made.width, made.height), size, "orientation {orientation}");
            let shown = image::load_from_memory(&made.bytes).expect("a JPEG").into_rgb8();
            let bright = shown.get_pixel(corner.0, corner.1).0[0];
            assert!(bright > 200, "orientation {orientation}: {bright}");
        }
    }

    #[test]
    fn bombs_cost_nothing() {
        let mut jpeg = jpeg(&rgb(16, 16), None);
        let sof = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame header");
        jpeg[sof + 5..sof + 9].fill(0xff);
        let mut gif = Vec::new();
        GifEncoder::new(&mut gif).encode(&[0; 3], 1, 1, ExtendedColorType::Rgb8).expect("encodes");
        gif[6..10].fill(0xff);
        for (what, bytes) in [
            ("a JPEG of 65,535 × 65,535", jpeg),
            ("a GIF of 65,535 × 65,535", gif),
            ("a PNG of 65,535 × 65,535", png_of_size(65_535, 65_535)),
            ("a PNG of 2³¹ − 1 × 1", png_of_size(0x7fff_ffff, 1)),
            ("a PNG of 16,000 × 16,000", png_of_size(16_000, 16_000)),
            ("more bytes than are read", vec![0; ARTWORK_BYTES_MAX + 1]),
        ] {
            let begin = Instant::now();
            let error = make_artwork(&bytes, 320).expect_err(what);
            assert_eq!(error.kind(), Kind::Unsupported, "{what}: {}", error.chain());
            assert!(begin.elapsed() < Duration::from_millis(200), "{what}: {:?}", begin.elapsed());
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let whole = png(&rgb(64, 64).into());
        for (what, bytes, kind) in [
            ("nothing", &[][..], Kind::Unsupported),
            ("text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", Kind::Unsupported),
            ("a format that is not compiled", b"BM\0\0\0\0\0\0\0\0\0\0\0\0", Kind::Unsupported),
            ("half a PNG", &whole[..whole.len() / 2], Kind::Invalid),
            ("a signature alone", &whole[..8], Kind::Invalid),
        ] {
            let error = make_artwork(bytes, 320).expect_err(what);
            assert_eq!(error.kind(), kind, "{what}: {}", error.chain());
        }
    }

    #[test]
    fn the_same_bytes_become_the_same_bytes() {
        let bytes = jpeg(&rgb(500, 400), None);
        assert_eq!(
            make_artwork(&bytes, 320).expect("once"),
            make_artwork(&bytes, 300).expect("twice")
        );
    }

    proptest! {
        #[test]
        fn damaged_pictures_end_in_a_picture_or_an_error(
            which in 0_usize..4,
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let image = rgb(24, 16);
            let mut bytes = match which {
                0 => jpeg(&image, Some(6)),
                1 => png(&image.into()),
                2 => {
                    let mut gif = Vec::new();
                    GifEncoder::new(&mut gif)
                        .encode(&image, 24, 16, ExtendedColorType::Rgb8)
                        .expect("encodes");
                    gif
                }
                _ => {
                    let mut webp = Vec::new();
                    WebPEncoder::new_lossless(&mut webp)
                        .write_image(&image, 24, 16, ExtendedColorType::Rgb8)
                        .expect("encodes");
                    webp
                }
            };
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let len_bytes = bytes.len() - cut.index(bytes.len()) / 4;
            if let Ok(made) = make_artwork(&bytes[..len_bytes], 160) {
                prop_assert!(!made.bytes.is_empty());
            }
        }
    }
}
