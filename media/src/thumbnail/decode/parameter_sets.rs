//! Parameter sets of H.264 and HEVC, as far as they say what a slice will take to decode.

use super::{check_size, invalid};
use crate::error::Result;
use crate::probe::bytes::Bits;
use crate::probe::stream_headers::InStream;

/// The parameter sets that came with the configuration and the sample.
#[derive(Default)]
pub(super) struct ParameterSets {
    sequences: Vec<InStream>,
    /// The number of a picture parameter set, and that of its sequence's.
    pictures: Vec<(u32, u32)>,
}

impl ParameterSets {
    /// Notes a sequence parameter set, the last of a number in place of the ones before.
    ///
    /// # Errors
    /// It cannot be read, or its picture is too large: the decoder must not see it.
    pub(super) fn note_sequence(&mut self, told: Option<InStream>, pixels_max: u64) -> Result<()> {
        let told = told.ok_or_else(|| invalid("a sequence parameter set cannot be read"))?;
        let (width, height) = told.size.unwrap_or((0, 0));
        check_size(width, height, pixels_max)?;
        self.sequences.retain(|known| known.id != told.id);
        self.sequences.push(told);
        Ok(())
    }

    /// Notes a picture parameter set by its content behind the NAL unit header. Returns its number.
    pub(super) fn note_picture(&mut self, content: &[u8]) -> Result<u32> {
        let mut bits = Bits::new(content);
        let ids = bits.exp_golomb().zip(bits.exp_golomb());
        let ids = ids.ok_or_else(|| invalid("a picture parameter set cannot be read"))?;
        self.pictures.retain(|known| known.0 != ids.0);
        self.pictures.push(ids);
        Ok(ids.0)
    }

    /// The sequence parameter set that a slice refers to by a picture parameter set.
    pub(super) fn of(&self, picture_id: u32) -> Result<&InStream> {
        let picture = self.pictures.iter().find(|(id, _)| *id == picture_id);
        picture
            .and_then(|(_, id)| self.sequences.iter().find(|known| known.id == *id))
            .ok_or_else(|| invalid("a slice refers to a parameter set that is not there"))
    }
}
