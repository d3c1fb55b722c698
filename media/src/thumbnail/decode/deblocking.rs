//! Key frames of H.264 whose deblocking filter is switched off.
//!
//! The filter smooths the edges of blocks in the finished picture; within a key frame nothing is
//! predicted from what it made (ITU-T H.264 §8.3.1.2: intra prediction takes samples before it). In a
//! picture that is made small those edges are not seen, and the filter is a quarter of the work.

use crate::probe::bytes::Bits;
use crate::probe::stream_headers::{InStream, PictureOrder};

/// `disable_deblocking_filter_idc` of a slice whose edges stay as they are (§7.4.3): 1, in
/// Exp-Golomb code of three bits.
const NO_FILTER: u32 = 0b010;

/// What a picture parameter set tells of the headers of its slices (§7.3.2.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct SliceFields {
    is_arithmetic: bool,
    has_orders_of_fields: bool,
    has_redundant_pictures: bool,
}

impl SliceFields {
    /// Reads the content of a picture parameter set behind its NAL unit header. `None` if it is
    /// damaged, or its slices cannot say how they are filtered.
    pub(super) fn of(content: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(content);
        bits.skip_exp_golombs(2)?; // Its number, its sequence.
        let is_arithmetic = bits.flag()?;
        let has_orders_of_fields = bits.flag()?;
        if bits.exp_golomb()? != 0 {
            return None; // Slice groups.
        }
        bits.skip_exp_golombs(2)?; // Numbers of references.
        bits.skip(3)?; // Weighted prediction.
        bits.skip_exp_golombs(3)?; // Quantisers.
        if !bits.flag()? {
            return None;
        }
        bits.skip(1)?; // Constrained prediction.
        let has_redundant_pictures = bits.flag()?;
        Some(Self { is_arithmetic, has_orders_of_fields, has_redundant_pictures })
    }

    /// The content of an intra slice without the filter, both behind the NAL unit header `head` and
    /// without emulation prevention. `None` if its header ends early or it has no filter already.
    pub(super) fn without_filter(
        self,
        head: u8,
        content: &[u8],
        sequence: &InStream,
    ) -> Option<Vec<u8>> {
        let mut bits = Bits::new(content);
        self.skip_to_filter(head, &mut bits, sequence)?;
        let kept_bits = bits.position();
        if bits.exp_golomb()? == 1 {
            return None;
        }
        bits.skip_exp_golombs(2)?; // How strongly it filters.
        let mut header = Bits::new(content);
        let mut changed = Joined::with_capacity(content.len() + 1);
        for _ in 0..kept_bits {
            changed.put(header.take(1)?, 1);
        }
        changed.put(NO_FILTER, 3);
        if self.is_arithmetic {
            // Its data begin at a byte, and ones stand before them (§7.3.4).
            changed.fill_up(1);
            bits.skip_to_byte();
        }
        while !bits.position().is_multiple_of(8) {
            changed.put(bits.take(1)?, 1);
        }
        for byte in content.get(bits.position() / 8..)? {
            changed.put(u32::from(*byte), 8);
        }
        // Zeros end every slice (§7.3.2.11).
        changed.fill_up(0);
        Some(changed.bytes)
    }

    /// §7.3.3, of a slice without references.
    fn skip_to_filter(self, head: u8, bits: &mut Bits<'_>, sequence: &InStream) -> Option<()> {
        bits.skip_exp_golombs(3)?; // First macroblock, kind, picture parameter set.
        let numbering = sequence.numbering?;
        bits.skip(numbering.frame_number_bits)?;
        let is_field = sequence.may_have_fields && bits.flag()?;
        if is_field {
            bits.skip(1)?; // Which of the two.
        }
        let is_refresh = head & 31 == 5;
        if is_refresh {
            bits.exp_golomb()?;
        }
        let numbers = if self.has_orders_of_fields && !is_field { 2 } else { 1 };
        match numbering.order {
            PictureOrder::Number { len_bits } => {
                bits.skip(len_bits)?;
                bits.skip_exp_golombs(numbers - 1)?;
            }
            PictureOrder::Differences => bits.skip_exp_golombs(numbers)?,
            PictureOrder::Untold => {}
        }
        if self.has_redundant_pictures {
            bits.exp_golomb()?;
        }
        if is_refresh {
            bits.skip(2)?;
        } else if head >> 5 & 3 != 0 && bits.flag()? {
            skip_reference_marking(bits)?;
        }
        bits.skip_exp_golombs(1) // The quantiser.
    }
}

/// The operations of `dec_ref_pic_marking` (§7.3.3.3).
fn skip_reference_marking(bits: &mut Bits<'_>) -> Option<()> {
    loop {
        match bits.exp_golomb()? {
            0 => return Some(()),
            3 => bits.skip_exp_golombs(2)?,
            5 => {}
            _ => bits.skip_exp_golombs(1)?,
        }
    }
}

/// Bits put one behind the other, most significant first.
struct Joined {
    bytes: Vec<u8>,
    /// What does not fill a byte yet, at the low end.
    waiting: u32,
    waiting_bits: u32,
}

impl Joined {
    fn with_capacity(len_bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(len_bytes), waiting: 0, waiting_bits: 0 }
    }

    /// The low `count` bits of a value, at most 8.
    fn put(&mut self, value: u32, count: u32) {
        self.waiting = self.waiting << count | value;
        self.waiting_bits += count;
        if self.waiting_bits >= 8 {
            self.waiting_bits -= 8;
            let [.., byte] = (self.waiting >> self.waiting_bits).to_be_bytes();
            self.bytes.push(byte);
            self.waiting &= (1 << self.waiting_bits) - 1;
        }
    }

    fn fill_up(&mut self, bit: u32) {
        while self.waiting_bits != 0 {
            self.put(bit, 1);
        }
    }
}
