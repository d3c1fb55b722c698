//! What a video stream's own headers tell, where codec configuration records carry them.
//!
//! Many writers leave the container's colour fields out, or at their defaults; HDR is then only
//! visible here. And a picture whose size contradicts the container's is damage or made to harm.

use super::bytes::{Bits, Fields};
use super::colour::Colour;
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

/// What a sequence header or parameter set tells, as far as it could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InStream {
    /// The number by which pictures refer to it, where there may be several.
    pub(crate) id: u32,
    /// Width and height of the coded picture, before cropping.
    pub(crate) size: Option<(u64, u64)>,
    /// How chroma is sampled: none, 4:2:0, 4:2:2, 4:4:4 (`chroma_format_idc`, ITU-T H.264 §6.2).
    pub(crate) chroma_format: Option<u32>,
    /// Bits of a sample of luma, and of chroma.
    pub(crate) bit_depths: Option<(u32, u32)>,
    /// Fewer lines than the size says make a picture: fields may stand alone.
    pub(crate) may_have_fields: bool,
    /// What it says of its colours.
    pub(crate) colour: Colour,
    /// How its slices are numbered, in H.264.
    pub(crate) numbering: Option<Numbering>,
    reference_pictures: Option<u32>,
    pub(super) transfer: Option<Transfer>,
}

/// What the numbers at the head of a slice of H.264 look like (ITU-T H.264 §7.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbering {
    /// Bits of `frame_num`.
    pub(crate) frame_number_bits: u32,
    /// How a slice tells when its picture is shown.
    pub(crate) order: PictureOrder,
}

/// How a slice tells when its picture is shown (`pic_order_cnt_type`, ITU-T H.264 §7.4.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureOrder {
    /// By a number.
    Number {
        /// Its length.
        len_bits: u32,
    },
    /// By differences from what is expected.
    Differences,
    /// Not at all.
    Untold,
}

impl InStream {
    /// What cannot be, or contradicts the width and height that the container tells. Cropping,
    /// whole blocks, pixels that are not square and layers make up to twice the difference.
    pub(super) fn faults(self, told: (u64, u64)) -> impl Iterator<Item = String> {
        const REFERENCE_PICTURES_MAX: u32 = 16;
        let is_far = |one: u64, other: u64| {
            one.max(other) > one.min(other).saturating_mul(2).saturating_add(64)
        };
        let size = self.size.filter(|size| is_far(size.0, told.0) || is_far(size.1, told.1));
        let size = size.map(|(width, height)| {
            format!(
                "its picture size is told as {}x{}, and by the stream itself as {width}x{height}",
                told.0, told.1
            )
        });
        let pictures = self.reference_pictures.filter(|count| *count > REFERENCE_PICTURES_MAX);
        let pictures = pictures.map(|count| {
            format!("its stream wants {count} reference pictures; {REFERENCE_PICTURES_MAX} may be")
        });
        size.into_iter().chain(pictures)
    }
}

/// What the first sequence parameter set of an `avcC` record tells (ISO/IEC 14496-15 §5.3.3.1).
pub(crate) fn avc(record: &[u8]) -> InStream {
    let mut told = InStream::default();
    let first = || {
        // Of version 1; some writers leave a byte stream in its place.
        let mut fields = Fields(record.strip_prefix(&[1])?.get(4..)?);
        if fields.u8()? % 32 == 0 {
            return None;
        }
        let len = fields.u16()?;
        fields.take(usize::from(len)).map(without_emulation_prevention)
    };
    if let Some(unit) = first() {
        avc_sequence(&mut Bits::new(&unit), &mut told);
    }
    told
}

/// What a sequence parameter set of H.264 tells, its NAL unit header and emulation prevention
/// bytes included; `None` if it ends before its size is told.
pub(crate) fn avc_parameter_set(unit: &[u8]) -> Option<InStream> {
    let mut told = InStream::default();
    let content = without_emulation_prevention(unit);
    avc_sequence(&mut Bits::new(&content), &mut told);
    told.size.map(|_| told)
}

/// ITU-T H.264 §7.3.2.1.1, as far as the colour description of its VUI (§E.1.1).
fn avc_sequence(bits: &mut Bits<'_>, told: &mut InStream) -> Option<()> {
    bits.take(8)?; // NAL unit header.
    let profile = bits.take(8)?;
    bits.take(16)?; // Constraints, level.
    told.id = bits.exp_golomb()?;
    told.chroma_format = Some(1);
    told.bit_depths = Some((8, 8));
    if matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244) {
        let chroma = bits.exp_golomb()?;
        told.chroma_format = Some(chroma);
        if chroma == 3 {
            bits.take(1)?;
        }
        told.bit_depths = Some(bit_depths(bits)?);
        bits.take(1)?;
        if bits.flag()? {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.flag()? {
                    skip_avc_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    told.numbering = Some(Numbering {
        frame_number_bits: bits.exp_golomb()?.checked_add(4)?,
        order: avc_picture_order(bits)?,
    });
    told.reference_pictures = Some(bits.exp_golomb()?);
    bits.take(1)?;
    let across = u64::from(bits.exp_golomb()?) + 1;
    let down = u64::from(bits.exp_golomb()?) + 1;
    told.may_have_fields = !bits.flag()?;
    let fields = if told.may_have_fields { 2 } else { 1 };
    told.size = Some((across * 16, down * 16 * fields));
    if told.may_have_fields {
        bits.take(1)?;
    }
    bits.take(1)?;
    if bits.flag()? {
        bits.skip_exp_golombs(4)?;
    }
    if bits.flag()? {
        told.colour = usability_colour(bits)?;
    }
    Some(())
}

fn avc_picture_order(bits: &mut Bits<'_>) -> Option<PictureOrder> {
    match bits.exp_golomb()? {
        0 => Some(PictureOrder::Number { len_bits: bits.exp_golomb()?.checked_add(4)? }),
        1 => {
            let is_always_zero = bits.flag()?;
            bits.skip_exp_golombs(2)?;
            let cycle = bits.exp_golomb().filter(|count| *count <= 255)?;
            bits.skip_exp_golombs(cycle)?;
            Some(if is_always_zero { PictureOrder::Untold } else { PictureOrder::Differences })
        }
        _ => Some(PictureOrder::Untold),
    }
}

/// Bits of luma and of chroma, as both parameter sets write them.
fn bit_depths(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    Some((bits.exp_golomb()?.checked_add(8)?, bits.exp_golomb()?.checked_add(8)?))
}

/// The colours of a VUI, which begins alike in H.264 (§E.1.1) and HEVC (§E.2.1).
fn usability_colour(bits: &mut Bits<'_>) -> Option<Colour> {
    if bits.flag()? && bits.take(8)? == 255 {
        bits.take(32)?; // A sample aspect ratio that has no number.
    }
    if bits.flag()? {
        bits.take(1)?; // Overscan.
    }
    if !bits.flag()? {
        return Some(Colour::default());
    }
    bits.take(3)?;
    let is_full_range = Some(bits.flag()?);
    if !bits.flag()? {
        return Some(Colour { is_full_range, ..Colour::default() });
    }
    Some(Colour::of(bits.take(8)?, bits.take(8)?, bits.take(8)?, is_full_range))
}

/// `scaling_list` (§7.3.2.1.1.1): differences, until the next value would be 0.
fn skip_avc_scaling_list(bits: &mut Bits<'_>, len: u32) -> Option<()> {
    let mut value = 8_i64;
    for _ in 0..len {
        let code = i64::from(bits.exp_golomb()?);
        let difference = if code % 2 == 1 { code / 2 + 1 } else { -(code / 2) };
        value = (value + difference).rem_euclid(256);
        if value == 0 {
            break;
        }
    }
    Some(())
}

/// What an `av1C` record's sequence header tells (AV1 specification §5.5.1).
pub(crate) fn av1(record: &[u8]) -> InStream {
    let mut told = InStream::default();
    if let Some(payload) = record.get(4..).and_then(av1_sequence_payload) {
        av1_sequence(payload, &mut told);
    }
    told.transfer = told.colour.transfer.and_then(|number| Transfer::of(number.into()));
    told
}

/// What the body of an AV1 sequence header tells; `None` if it ends before its colours.
pub(crate) fn av1_sequence_header(payload: &[u8]) -> Option<InStream> {
    let mut told = InStream::default();
    av1_sequence(payload, &mut told).map(|()| told)
}

fn av1_sequence_payload(unit: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields(unit);
    // obu_header (§5.3.2): type in bits 6 to 3, then extension and size flags.
    let head = fields.u8()?;
    if head >> 3 & 15 != 1 {
        return None;
    }
    fields.skip(usize::from(head >> 2 & 1))?;
    if head & 2 != 0 {
        while fields.u8()? & 0x80 != 0 {}
    }
    Some(fields.0)
}

fn av1_sequence(payload: &[u8], told: &mut InStream) -> Option<()> {
    let bits = &mut Bits::new(payload);
    let profile = bits.take(3)?;
    bits.take(1)?;
    let is_reduced = bits.flag()?;
    if is_reduced {
        bits.take(5)?;
    } else {
        skip_av1_operating_points(bits)?;
    }
    let (width_bits, height_bits) = (bits.take(4)? + 1, bits.take(4)? + 1);
    let (across, down) = (bits.take(width_bits)?, bits.take(height_bits)?);
    told.size = Some((u64::from(across) + 1, u64::from(down) + 1));
    if !is_reduced && bits.flag()? {
        bits.take(4 + 3)?; // Lengths of frame ids.
    }
    bits.take(3)?; // Superblock size and intra tools.
    if !is_reduced {
        skip_av1_inter_tools(bits)?;
    }
    bits.take(3)?; // Superres, CDEF, restoration.
    av1_colours(bits, profile, told)
}

/// `color_config` (§5.5.2).
fn av1_colours(bits: &mut Bits<'_>, profile: u32, told: &mut InStream) -> Option<()> {
    let has_high_depth = bits.flag()?;
    let depth = if profile == 2 && has_high_depth && bits.flag()? {
        12
    } else {
        8 + 2 * u32::from(has_high_depth)
    };
    told.bit_depths = Some((depth, depth));
    let is_monochrome = profile != 1 && bits.flag()?;
    let is_described = bits.flag()?;
    let mut number = || if is_described { bits.take(8) } else { Some(2) };
    let [primaries, transfer, matrix] = [number()?, number()?, number()?];
    // sRGB has one range and no subsampling.
    let is_srgb = [primaries, transfer, matrix] == [1, 13, 0];
    let is_full_range = (!is_monochrome && is_srgb) || bits.flag()?;
    told.colour = Colour::of(primaries, transfer, matrix, Some(is_full_range));
    told.chroma_format = Some(match profile {
        _ if is_monochrome => 0,
        0 => 1,
        1 => 3,
        _ if is_srgb => 3,
        _ if depth < 12 => 2,
        _ if !bits.flag()? => 3,
        _ if bits.flag()? => 1,
        _ => 2,
    });
    Some(())
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

/// What the first sequence parameter set of an `hvcC` record tells (ISO/IEC 14496-15 §8.3.2.1).
pub(crate) fn hevc(record: &[u8]) -> InStream {
    let mut told = InStream::default();
    if let Some(unit) = hevc_parameter_set(record) {
        let unit = without_emulation_prevention(unit);
        hevc_sequence(&mut Bits::new(&unit), &mut told);
        told.transfer = told.colour.transfer.and_then(|number| Transfer::of(number.into()));
    }
    told
}

/// What a sequence parameter set of HEVC tells, its NAL unit header and emulation prevention bytes
/// included; `None` if it ends before its bit depths.
pub(crate) fn hevc_parameter_set_unit(unit: &[u8]) -> Option<InStream> {
    let mut told = InStream::default();
    let content = without_emulation_prevention(unit);
    hevc_sequence(&mut Bits::new(&content), &mut told);
    told.bit_depths.map(|_| told)
}

fn hevc_parameter_set(record: &[u8]) -> Option<&[u8]> {
    const SEQUENCE_PARAMETER_SET: u8 = 33;
    let mut fields = Fields(record.get(22..)?);
    for _ in 0..fields.u8()? {
        let kind = fields.u8()? & 0x3f;
        for _ in 0..fields.u16()? {
            let len = fields.u16()?;
            let unit = fields.take(usize::from(len))?;
            if kind == SEQUENCE_PARAMETER_SET {
                return Some(unit);
            }
        }
    }
    None
}

/// ITU-T H.265 §7.3.1.1: a 3 behind two zero bytes is no part of the content.
pub(crate) fn without_emulation_prevention(unit: &[u8]) -> Vec<u8> {
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
fn hevc_sequence(bits: &mut Bits<'_>, told: &mut InStream) -> Option<()> {
    bits.take(16 + 4)?; // NAL unit header, VPS.
    let sub_layers = bits.take(3)?;
    bits.take(1)?;
    skip_hevc_profile(bits, sub_layers)?;
    told.id = bits.exp_golomb()?;
    told.chroma_format = Some(bits.exp_golomb()?);
    if told.chroma_format == Some(3) {
        bits.take(1)?;
    }
    let (across, down) = (bits.exp_golomb()?, bits.exp_golomb()?);
    told.size = Some((across.into(), down.into()));
    if bits.flag()? {
        bits.skip_exp_golombs(4)?;
    }
    told.bit_depths = Some(bit_depths(bits)?);
    let order_count_bits = bits.exp_golomb()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let layers_told = if bits.flag()? { sub_layers + 1 } else { 1 };
    bits.skip_exp_golombs(3 * layers_told + 6)?;
    if bits.flag()? && bits.flag()? {
        skip_hevc_scaling_lists(bits)?;
    }
    bits.take(2)?;
    if bits.flag()? {
        bits.take(8)?;
        bits.skip_exp_golombs(2)?;
        bits.take(1)?;
    }
    skip_hevc_reference_sets(bits)?;
    if bits.flag()? {
        for _ in 0..bits.exp_golomb().filter(|count| *count <= 32)? {
            bits.take(order_count_bits + 1)?;
        }
    }
    bits.take(2)?;
    if bits.flag()? {
        told.colour = usability_colour(bits)?;
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
                bits.skip_exp_golombs(coefficients + u32::from(size > 1))?;
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
        let told = |size, is_full_range| InStream {
            size: Some(size),
            chroma_format: Some(1),
            bit_depths: Some((10, 10)),
            colour: Colour::of(9, 16, 9, Some(is_full_range)),
            transfer: Some(Transfer::Pq),
            ..InStream::default()
        };
        assert_eq!(hevc(&hevc_record), told((640, 360), false));
        let av1_record = hex("81094c000a0e0000004aabbfc3776fe342440241");
        assert_eq!(av1(&av1_record), told((1920, 1080), false));
        for len in 0..hevc_record.len() {
            let _ = hevc(&hevc_record[..len]);
        }
    }

    #[test]
    fn an_h264_parameter_set_tells_the_picture_and_its_references() {
        // 640x360 in High as x264 writes it: with frames, and with two fields for each.
        let frames = "0164001effe1001a6764001eacd940a02ff97011000003000100000300320f162d96";
        let fields = "0164001effe1001a6764001eacd940a063f3e022000003000200000300643e28532c";
        for (record, size) in [(frames, (640, 368)), (fields, (640, 384))] {
            let record = hex(record);
            assert_eq!(avc(&record).size, Some(size));
            for len in 0..record.len() {
                let _ = avc(&record[..len]);
            }
        }
        let frames = avc_parameter_set(&hex(&frames[16..])).expect("whole");
        assert_eq!((frames.chroma_format, frames.bit_depths), (Some(1), Some((8, 8))));
        assert!(!frames.may_have_fields);
        let told = |size, pictures| InStream {
            size: Some(size),
            reference_pictures: Some(pictures),
            ..InStream::default()
        };
        let cases = [
            ((1920, 1088), 16, (1920, 1080), None),
            ((1440, 1088), 4, (1920, 1080), None),
            ((8192, 8192), 4, (640, 360), Some("8192x8192")),
            ((1 << 30, 8), 4, (640, 360), Some("1073741824x8")),
            ((640, 360), 17, (640, 360), Some("17 reference pictures")),
            ((u64::MAX, 1), 0, (u64::MAX, 1), None),
        ];
        for (size, pictures, container, expected) in cases {
            let faults: Vec<String> = told(size, pictures).faults(container).collect();
            let is_told =
                expected.map_or(faults.is_empty(), |text| faults.join(";").contains(text));
            assert!(is_told, "{size:?} {pictures} in {container:?}: {faults:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_lead_astray(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = av1(&[&[0x81, 0, 0, 0, 0x0a, 20][..], &bytes].concat());
            let _ = hevc_sequence(&mut Bits::new(&bytes), &mut InStream::default());
            let _ = avc_sequence(&mut Bits::new(&bytes), &mut InStream::default());
            let _ = avc(&bytes);
            let _ = hevc(&bytes);
        }
    }
}
