//! The transfer characteristics that a video stream's own headers tell.
//!
//! Many writers leave the container's colour fields out, or at their defaults; HDR is then only
//! visible in the sequence headers that codec configuration records carry.

use super::bytes::{Bits, Fields};
use super::info::Hdr;

/// How code values become light (ITU-T H.273 §8.2), as far as it matters for showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transfer {
    Sdr,
    Pq,
    Hlg,
}

impl Transfer {
    /// By its number in H.273; `None` where it is unspecified.
    pub(super) fn of(number: u32) -> Option<Self> {
        match number {
            0 | 2 => None,
            16 => Some(Self::Pq),
            18 => Some(Self::Hlg),
            _ => Some(Self::Sdr),
        }
    }

    pub(super) fn hdr(self) -> Option<Hdr> {
        match self {
            Self::Sdr => None,
            Self::Pq => Some(Hdr::Hdr10),
            Self::Hlg => Some(Hdr::Hlg),
        }
    }
}

/// The transfer in an `av1C` record's sequence header (AV1 specification §5.5.1).
pub(super) fn av1(record: &[u8]) -> Option<Transfer> {
    let mut fields = Fields(record.get(4..)?);
    // obu_header (§5.3.2): type in bits 6 to 3, then extension and size flags.
    let head = fields.u8()?;
    if head >> 3 & 15 != 1 {
        return None;
    }
    fields.skip(usize::from(head >> 2 & 1))?;
    if head & 2 != 0 {
        while fields.u8()? & 0x80 != 0 {}
    }
    let bits = &mut Bits::new(fields.0);
    let profile = bits.take(3)?;
    bits.take(1)?;
    let is_reduced = bits.flag()?;
    if is_reduced {
        bits.take(5)?;
    } else {
        skip_av1_operating_points(bits)?;
    }
    let (width_bits, height_bits) = (bits.take(4)? + 1, bits.take(4)? + 1);
    bits.take(width_bits)?;
    bits.take(height_bits)?;
    if !is_reduced && bits.flag()? {
        bits.take(4 + 3)?; // Lengths of frame ids.
    }
    bits.take(3)?; // Superblock size and intra tools.
    if !is_reduced {
        skip_av1_inter_tools(bits)?;
    }
    bits.take(3)?; // Superres, CDEF, restoration.
    let has_high_depth = bits.flag()?;
    if profile == 2 && has_high_depth {
        bits.take(1)?;
    }
    if profile != 1 {
        bits.take(1)?; // Monochrome.
    }
    if !bits.flag()? {
        return None;
    }
    bits.take(8)?;
    Transfer::of(bits.take(8)?)
}

fn skip_av1_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.take(32)?;
        bits.take(32)?;
        if bits.flag()? {
            bits.exp_golomb()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.take(5)? + 1);
            bits.take(32)?;
            bits.take(5 + 5)?;
        }
    }
    let has_display_delay = bits.flag()?;
    for _ in 0..=bits.take(5)? {
        bits.take(12)?;
        if bits.take(5)? > 7 {
            bits.take(1)?;
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.take(delay_bits)?;
            bits.take(delay_bits)?;
            bits.take(1)?;
        }
        if has_display_delay && bits.flag()? {
            bits.take(4)?;
        }
    }
    Some(())
}

fn skip_av1_inter_tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.take(4)?;
    let has_order_hint = bits.flag()?;
    if has_order_hint {
        bits.take(2)?;
    }
    // Screen content tools are chosen per frame, or here; then integer vectors likewise.
    let may_have_screen_content = bits.flag()? || bits.flag()?;
    if may_have_screen_content && !bits.flag()? {
        bits.take(1)?;
    }
    if has_order_hint {
        bits.take(3)?;
    }
    Some(())
}

/// The transfer in the sequence parameter set of an `hvcC` record (ISO/IEC 14496-15 §8.3.2.1).
pub(super) fn hevc(record: &[u8]) -> Option<Transfer> {
    const SEQUENCE_PARAMETER_SET: u8 = 33;
    let mut fields = Fields(record.get(22..)?);
    for _ in 0..fields.u8()? {
        let kind = fields.u8()? & 0x3f;
        for _ in 0..fields.u16()? {
            let len = fields.u16()?;
            let unit = fields.take(usize::from(len))?;
            if kind == SEQUENCE_PARAMETER_SET {
                return hevc_sequence(&mut Bits::new(&without_emulation_prevention(unit)));
            }
        }
    }
    None
}

/// ITU-T H.265 §7.3.1.1: a 3 behind two zero bytes is no part of the content.
fn without_emulation_prevention(unit: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let mut content = Vec::with_capacity(unit.len());
    for byte in unit {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        content.push(*byte);
    }
    content
}

/// ITU-T H.265 §7.3.2.2.1, as far as the colour description of its VUI (§E.2.1).
fn hevc_sequence(bits: &mut Bits<'_>) -> Option<Transfer> {
    bits.take(16 + 4)?; // NAL unit header, VPS.
    let sub_layers = bits.take(3)?;
    bits.take(1)?;
    skip_hevc_profile(bits, sub_layers)?;
    bits.exp_golomb()?;
    if bits.exp_golomb()? == 3 {
        bits.take(1)?;
    }
    bits.exp_golomb()?;
    bits.exp_golomb()?;
    if bits.flag()? {
        skip_exp_golombs(bits, 4)?;
    }
    skip_exp_golombs(bits, 2)?;
    let order_count_bits = bits.exp_golomb()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let layers_told = if bits.flag()? { sub_layers + 1 } else { 1 };
    skip_exp_golombs(bits, 3 * layers_told + 6)?;
    if bits.flag()? && bits.flag()? {
        skip_hevc_scaling_lists(bits)?;
    }
    bits.take(2)?;
    if bits.flag()? {
        bits.take(8)?;
        skip_exp_golombs(bits, 2)?;
        bits.take(1)?;
    }
    skip_hevc_reference_sets(bits)?;
    if bits.flag()? {
        for _ in 0..bits.exp_golomb().filter(|count| *count <= 32)? {
            bits.take(order_count_bits + 1)?;
        }
    }
    bits.take(2)?;
    if !bits.flag()? {
        return None;
    }
    if bits.flag()? && bits.take(8)? == 255 {
        bits.take(32)?; // A sample aspect ratio that has no number.
    }
    if bits.flag()? {
        bits.take(1)?; // Overscan.
    }
    if !bits.flag()? {
        return None;
    }
    bits.take(3 + 1)?;
    if !bits.flag()? {
        return None;
    }
    bits.take(8)?;
    Transfer::of(bits.take(8)?)
}

fn skip_exp_golombs(bits: &mut Bits<'_>, count: u32) -> Option<()> {
    for _ in 0..count {
        bits.exp_golomb()?;
    }
    Some(())
}

/// `profile_tier_level` (§7.3.3): 88 bits of profile and 8 of level, then the same for each layer
/// that has them.
fn skip_hevc_profile(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    bits.skip(88 + 8)?;
    let mut more = 0;
    for _ in 0..sub_layers {
        more += if bits.flag()? { 88 } else { 0 };
        more += if bits.flag()? { 8 } else { 0 };
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers))?;
    }
    bits.skip(more)
}

/// `scaling_list_data` (§7.3.4).
fn skip_hevc_scaling_lists(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4 {
        for _ in 0..if size == 3 { 2 } else { 6 } {
            if bits.flag()? {
                let coefficients = 64.min(1 << (4 + 2 * size));
                skip_exp_golombs(bits, coefficients + u32::from(size > 1))?;
            } else {
                bits.exp_golomb()?;
            }
        }
    }
    Some(())
}

/// `st_ref_pic_set` (§7.3.7), all of them.
fn skip_hevc_reference_sets(bits: &mut Bits<'_>) -> Option<()> {
    let mut pictures = 0;
    for set in 0..bits.exp_golomb().filter(|sets| *sets <= 64)? {
        if set > 0 && bits.flag()? {
            bits.take(1)?;
            bits.exp_golomb()?;
            let mut kept = 0;
            for _ in 0..=pictures {
                kept += u32::from(bits.flag()? || bits.flag()?);
            }
            pictures = kept;
        } else {
            pictures = bits.exp_golomb()?.checked_add(bits.exp_golomb()?)?;
            for _ in 0..Some(pictures).filter(|count| *count <= 32)? {
                bits.exp_golomb()?;
                bits.take(1)?;
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hex"))
            .collect()
    }

    #[test]
    fn a_transfer_is_found_behind_all_that_stands_before_it() {
        // 10 bit HEVC as x265 writes it, and an AV1 sequence header: both in PQ.
        let hevc_record = hex("\
             0102200000009000000000003ff000fcfdfafa00000f02200001001840010c01ffff0220\
             0000030090000003000003003f959809210001002d420101022000000300900000030000\
             03003fa005020169365959a4932bc05a848804f080000003008000000c84");
        assert_eq!(hevc(&hevc_record), Some(Transfer::Pq));
        let av1_record = hex("81094c000a0e0000004aabbfc3776fe342440241");
        assert_eq!(av1(&av1_record), Some(Transfer::Pq));
        for len in 0..hevc_record.len() {
            let _ = hevc(&hevc_record[..len]);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_lead_astray(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = av1(&[&[0x81, 0, 0, 0, 0x0a, 20][..], &bytes].concat());
            let _ = hevc_sequence(&mut Bits::new(&bytes));
            let _ = hevc(&bytes);
        }
    }
}
