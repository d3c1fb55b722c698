//! What decoders give.

pub use crate::probe::Colour;

/// A decoded picture: planes of samples, and what the stream says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Samples of a luma row, cropped; not square where the film's are not.
    pub width: u32,
    /// Rows of luma, cropped.
    pub height: u32,
    /// How many samples of chroma there are for those of luma.
    pub chroma: Chroma,
    /// Bits that a sample has: 8 to 12.
    pub bit_depth: u8,
    /// Luma, then the two of chroma; one plane if it has no colour.
    pub planes: Vec<Plane>,
    /// What the stream itself says of its colours.
    pub colour: Colour,
}

/// One plane, row after row without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plane {
    /// Samples of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width` × `height` of them.
    pub samples: Samples,
}

/// The samples of a plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Of 8 bits.
    Eight(Vec<u8>),
    /// Of more, in the low bits.
    Sixteen(Vec<u16>),
}

/// How many samples of chroma there are for those of luma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chroma {
    /// None.
    Monochrome,
    /// Half as many across and down.
    Yuv420,
    /// Half as many across.
    Yuv422,
    /// Half as many down.
    Yuv440,
    /// As many.
    Yuv444,
}
