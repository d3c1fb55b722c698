//! Small pictures.

use crate::limits::PICTURE_SIDE_MAX;
use crate::{Error, Kind, Result};

/// A picture as it is shown: upright, square pixels, red, green and blue of 8 bits as sRGB has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    /// A picture of `width` × `height` pixels of three bytes each, row after row without gaps.
    ///
    /// # Errors
    /// [`Kind::Invalid`] if it has no pixels, a side is longer than [`PICTURE_SIDE_MAX`], or there
    /// are more or fewer bytes than that.
    pub fn new(width: u32, height: u32, rgb: Vec<u8>) -> Result<Self> {
        let sides = 1..=PICTURE_SIDE_MAX;
        let is_whole = sides.contains(&width)
            && sides.contains(&height)
            && rgb.len() as u64 == 3 * u64::from(width) * u64::from(height);
        if !is_whole {
            let len_bytes = rgb.len();
            let doing = format!("taking {len_bytes} bytes as a picture of {width} × {height}");
            return Err(Error::new(Kind::Invalid, doing));
        }
        Ok(Self { width, height, rgb })
    }

    /// Pixels of a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green and blue of every pixel, row after row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Red, green and blue of every pixel of one row, counted from the top.
    ///
    /// # Panics
    /// If there is no such row.
    pub(super) fn row(&self, row: u32) -> &[u8] {
        let len_bytes = 3 * self.width as usize;
        &self.rgb[row as usize * len_bytes..][..len_bytes]
    }
}

/// The height that goes with a width where `of_width` goes with `of_height`; at least one.
pub(super) fn height_for(width: u32, of_width: u32, of_height: u32) -> u32 {
    let (width, of_width, of_height) =
        (u64::from(width), u64::from(of_width.max(1)), u64::from(of_height));
    let height = (width * of_height + of_width / 2) / of_width;
    u32::try_from(height).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_exactly_the_bytes_of_its_pixels() {
        for (width, height, len_bytes, is_one) in [
            (2, 3, 18, true),
            (2, 3, 17, false),
            (2, 3, 19, false),
            (0, 3, 0, false),
            (3, 0, 0, false),
            (PICTURE_SIDE_MAX, 1, 3 * PICTURE_SIDE_MAX as usize, true),
            (PICTURE_SIDE_MAX + 1, 1, 3 * (PICTURE_SIDE_MAX as usize + 1), false),
            (u32::MAX, u32::MAX, 3, false),
        ] {
            let picture = Picture::new(width, height, vec![0; len_bytes]);
            assert_eq!(picture.is_ok(), is_one, "{width} × {height} of {len_bytes} bytes");
        }
    }

    #[test]
    fn a_height_keeps_the_aspect_and_is_never_nothing() {
        for (width, of_width, of_height, height) in [
            (320, 1920, 1080, 180),
            (320, 1920, 800, 133),
            (320, 1024, 577, 180),
            (1, 16_888, 1, 1),
            (3, 0, 0, 1),
            (u32::MAX, 1, u32::MAX, u32::MAX),
        ] {
            assert_eq!(height_for(width, of_width, of_height), height, "{width} of {of_width}");
        }
    }
}
