//! What decoders give.

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

/// Code points of ITU-T H.273, as streams and containers have them; none where they do not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Colour {
    /// Colour primaries (§8.1).
    pub primaries: Option<u8>,
    /// Transfer characteristics (§8.2); 16 is PQ, 18 is HLG.
    pub transfer: Option<u8>,
    /// Matrix coefficients (§8.3); 0 is RGB.
    pub matrix: Option<u8>,
    /// Whether black is 0 and white the largest number, instead of 16 and 235 of 255.
    pub is_full_range: Option<bool>,
}

impl Colour {
    /// What this tells, and where it tells nothing what `other` does.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            primaries: self.primaries.or(other.primaries),
            transfer: self.transfer.or(other.transfer),
            matrix: self.matrix.or(other.matrix),
            is_full_range: self.is_full_range.or(other.is_full_range),
        }
    }
}
