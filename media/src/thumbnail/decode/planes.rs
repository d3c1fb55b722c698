//! Planes from what decoders hold: rows of some stride, in bytes.

use super::invalid;
use crate::error::Result;
use crate::thumbnail::frame::{Chroma, Plane, Samples};

/// Where a plane lies in a decoder's memory.
pub(super) struct Source<'a> {
    pub(super) bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub(super) stride_bytes: usize,
    /// Samples of more than 8 bits take two bytes, the lower one first.
    pub(super) is_wide: bool,
}

/// Samples of chroma, across and down, for those of luma.
pub(super) fn chroma_size(width: u32, height: u32, chroma: Chroma) -> (u32, u32) {
    match chroma {
        Chroma::Monochrome => (0, 0),
        Chroma::Yuv420 => (width.div_ceil(2), height.div_ceil(2)),
        Chroma::Yuv422 => (width.div_ceil(2), height),
        Chroma::Yuv440 => (width, height.div_ceil(2)),
        Chroma::Yuv444 => (width, height),
    }
}

/// The upper left `width` × `height` of a plane, without gaps.
///
/// # Errors
/// The decoder holds fewer.
pub(super) fn plane(source: &Source<'_>, width: u32, height: u32) -> Result<Plane> {
    let short = || invalid("the decoder gave a smaller picture than it said");
    let row_bytes = width as usize * if source.is_wide { 2 } else { 1 };
    if row_bytes == 0 || height == 0 || source.stride_bytes < row_bytes {
        return Err(short());
    }
    let rows = (0..height as usize).map(|row| {
        let start = row * source.stride_bytes;
        source.bytes.get(start..start + row_bytes).ok_or_else(short)
    });
    let len = width as usize * height as usize;
    let samples = if source.is_wide {
        let mut samples = Vec::with_capacity(len);
        for row in rows {
            let pairs = row?.chunks_exact(2);
            samples.extend(pairs.map(|pair| u16::from_le_bytes([pair[0], pair[1]])));
        }
        Samples::Sixteen(samples)
    } else {
        let mut samples = Vec::with_capacity(len);
        for row in rows {
            samples.extend_from_slice(row?);
        }
        Samples::Eight(samples)
    };
    Ok(Plane { width, height, samples })
}

/// A plane of samples of a byte that are all there and nothing else; they are not copied.
///
/// # Errors
/// There are fewer or more.
pub(super) fn whole(bytes: Vec<u8>, width: u32, height: u32) -> Result<Plane> {
    let len = width as usize * height as usize;
    if len == 0 || bytes.len() != len {
        return Err(invalid("the decoder gave a picture of another size than it said"));
    }
    Ok(Plane { width, height, samples: Samples::Eight(bytes) })
}

/// A plane with each row twice: of a field, that of a frame.
pub(super) fn with_rows_doubled(plane: Plane) -> Plane {
    fn doubled<T: Copy>(samples: &[T], width: usize) -> Vec<T> {
        samples.chunks_exact(width.max(1)).flat_map(|row| [row, row]).flatten().copied().collect()
    }
    let width = plane.width as usize;
    let samples = match plane.samples {
        Samples::Eight(samples) => Samples::Eight(doubled(&samples, width)),
        Samples::Sixteen(samples) => Samples::Sixteen(doubled(&samples, width)),
    };
    Plane { width: plane.width, height: plane.height * 2, samples }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_taken_out_of_their_stride() {
        let source = Source { bytes: &[1, 2, 9, 3, 4], stride_bytes: 3, is_wide: false };
        let expected = Samples::Eight(vec![1, 2, 3, 4]);
        assert_eq!(plane(&source, 2, 2).expect("there").samples, expected);
        let wide = Source { bytes: &[1, 2, 3, 0], stride_bytes: 2, is_wide: true };
        let expected = Samples::Sixteen(vec![0x201, 3]);
        assert_eq!(plane(&wide, 1, 2).expect("there").samples, expected);
        for (width, height) in [(2, 3), (4, 1), (0, 1), (1, 0)] {
            assert!(plane(&source, width, height).is_err(), "{width}x{height}");
        }
    }

    #[test]
    fn a_plane_without_gaps_is_taken_as_it_is() {
        let expected = Samples::Eight(vec![1, 2, 3, 4]);
        assert_eq!(whole(vec![1, 2, 3, 4], 2, 2).expect("whole").samples, expected);
        for (len, width, height) in [(3, 2, 2), (5, 2, 2), (0, 0, 4)] {
            assert!(whole(vec![0; len], width, height).is_err(), "{len} of {width}x{height}");
        }
    }

    #[test]
    fn a_field_becomes_a_frame() {
        let field = Plane { width: 2, height: 2, samples: Samples::Eight(vec![1, 2, 3, 4]) };
        let frame = with_rows_doubled(field);
        assert_eq!((frame.width, frame.height), (2, 4));
        assert_eq!(frame.samples, Samples::Eight(vec![1, 2, 1, 2, 3, 4, 3, 4]));
    }
}
