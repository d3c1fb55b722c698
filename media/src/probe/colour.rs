//! What numbers say of colours, in streams and containers alike.

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
    /// By the numbers as written: 2 is "unspecified" in each of them, and 0 is reserved but for the
    /// matrix.
    pub(crate) fn of(
        primaries: u32,
        transfer: u32,
        matrix: u32,
        is_full_range: Option<bool>,
    ) -> Self {
        let told = |number: u32| u8::try_from(number).ok().filter(|number| *number != 2);
        Self {
            primaries: told(primaries).filter(|number| *number != 0),
            transfer: told(transfer).filter(|number| *number != 0),
            matrix: told(matrix),
            is_full_range,
        }
    }

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
