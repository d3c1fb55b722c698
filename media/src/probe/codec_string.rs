//! Codec configuration records and the `codecs` parameter of RFC 6381 that follows from each.
//!
//! MP4 and Matroska carry the same records, so both walkers come here.

use std::fmt::Write as _;

use super::bytes::{Bits, Fields};

/// What a video configuration record tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct VideoConfig {
    pub(super) codec_string: Option<String>,
    pub(super) bit_depth: Option<u8>,
}

/// What an audio configuration record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AudioConfig {
    pub(super) codec_string: Option<String>,
    pub(super) channels: Option<u16>,
    pub(super) sample_rate_hz: Option<u32>,
}

/// `avcC` (ISO/IEC 14496-15 §5.3.3.1): `avc1.PPCCLL`, profile, constraints and level in hex
/// (RFC 6381 §3.3). `sample_entry` is `avc1` or `avc3`.
pub(super) fn avc(sample_entry: &str, record: &[u8]) -> Option<VideoConfig> {
    // Some writers leave a byte stream here: a start code and the parameter set (H.264 §B.1).
    let parameter_set = record
        .strip_prefix(&[0, 0, 0])
        .filter(|rest| matches!(rest, [1, unit, ..] if unit & 31 == 7));
    let mut fields = Fields(parameter_set.map_or(record, |set| &set[1..]));
    let [_, profile, constraints, level] = fields.array()?;
    let codec_string = Some(format!("{sample_entry}.{profile:02x}{constraints:02x}{level:02x}"));
    let behind = if parameter_set.is_some() { Fields(&[]) } else { fields };
    Some(VideoConfig { codec_string, bit_depth: avc_bit_depth(profile, behind) })
}

/// Profiles above Main may have more than 8 bits; the record tells behind its parameter sets.
fn avc_bit_depth(profile: u8, mut fields: Fields<'_>) -> Option<u8> {
    if matches!(profile, 66 | 77 | 88) {
        return Some(8);
    }
    fields.skip(1)?;
    for mask in [0x1f, 0xff] {
        for _ in 0..fields.u8()? & mask {
            let len = fields.u16()?;
            fields.skip(usize::from(len))?;
        }
    }
    let [_, luma, ..] = fields.array::<3>()?;
    Some(8 + (luma & 7))
}

/// `hvcC` (ISO/IEC 14496-15 §8.3.2.1): profile space and number, compatibility flags in reverse
/// bit order, tier and level, constraint bytes without the trailing zeros (§E.3).
pub(super) fn hevc(sample_entry: &str, record: &[u8]) -> Option<VideoConfig> {
    let mut fields = Fields(record);
    let [_, profile] = fields.array()?;
    let compatibility = fields.u32()?.reverse_bits();
    let constraints: [u8; 6] = fields.array()?;
    let level = fields.u8()?;
    let space = ["", "A", "B", "C"][usize::from(profile >> 6)];
    let tier = if profile & 0x20 == 0 { 'L' } else { 'H' };
    let number = profile & 0x1f;
    let mut text = format!("{sample_entry}.{space}{number}.{compatibility:X}.{tier}{level}");
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in &constraints[..used] {
        write!(text, ".{byte:X}").expect("a String takes everything");
    }
    let bit_depth = record.get(17).map(|byte| 8 + (byte & 7));
    Some(VideoConfig { codec_string: Some(text), bit_depth })
}

/// `av1C` (AV1 in ISOBMFF §2.3.3): `av01.P.LLT.DD` (§5).
pub(super) fn av1(record: &[u8]) -> Option<VideoConfig> {
    let [marker, profile_level, flags, ..] = *record else { return None };
    if marker != 0x81 {
        return None;
    }
    let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
    let bit_depth = match flags >> 5 & 3 {
        0 => 8,
        2 => 10,
        _ => 12,
    };
    let (profile, level) = (profile_level >> 5, profile_level & 31);
    Some(VideoConfig {
        codec_string: Some(format!("av01.{profile}.{level:02}{tier}.{bit_depth:02}")),
        bit_depth: Some(bit_depth),
    })
}

/// The body of `vpcC` behind version and flags (VP codec ISO media file format binding):
/// `vp09.PP.LL.DD`.
pub(super) fn vp(sample_entry: &str, record: &[u8]) -> Option<VideoConfig> {
    let [profile, level, depth, ..] = *record else { return None };
    Some(vp_config(sample_entry, profile, level, depth >> 4))
}

/// VP9 in Matroska: features of one byte for number, one for length, then the value
/// (WebM container guidelines, "VP9 codec feature metadata").
pub(super) fn vp9_features(private: &[u8]) -> Option<VideoConfig> {
    let mut fields = Fields(private);
    let (mut profile, mut level, mut depth) = (None, None, None);
    while let (Some(number), Some(len)) = (fields.u8(), fields.u8()) {
        let value = fields.take(usize::from(len))?.first().copied();
        match number {
            1 => profile = value,
            2 => level = value,
            3 => depth = value,
            _ => {}
        }
    }
    Some(vp_config("vp09", profile?, level?, depth.unwrap_or(8)))
}

fn vp_config(sample_entry: &str, profile: u8, level: u8, bit_depth: u8) -> VideoConfig {
    VideoConfig {
        codec_string: Some(format!("{sample_entry}.{profile:02}.{level:02}.{bit_depth:02}")),
        bit_depth: Some(bit_depth).filter(|depth| (8..=12).contains(depth)),
    }
}

/// Sample rates by index (ISO/IEC 14496-3 table 1.18).
const SAMPLE_RATES_HZ: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];

/// `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1): `mp4a.40.N` by object type, the channels, and
/// the rate that comes out of the decoder.
pub(super) fn aac(config: &[u8]) -> Option<AudioConfig> {
    fn object_type(bits: &mut Bits<'_>) -> Option<u32> {
        match bits.take(5)? {
            31 => Some(32 + bits.take(6)?),
            kind => Some(kind),
        }
    }
    /// 0 where the index has no meaning.
    fn rate(bits: &mut Bits<'_>) -> Option<u32> {
        match bits.take(4)? {
            15 => bits.take(24),
            index => Some(SAMPLE_RATES_HZ.get(index as usize).copied().unwrap_or(0)),
        }
    }
    let mut bits = Bits::new(config);
    let kind = object_type(&mut bits)?;
    let mut sample_rate_hz = rate(&mut bits)?;
    let mut channels = match bits.take(4)? {
        count @ 1..=6 => u16::try_from(count).ok(),
        7 | 12 | 14 => Some(8),
        11 => Some(7),
        _ => None,
    };
    // Spectral band replication doubles the rate, parametric stereo the one channel.
    if kind == 5 || kind == 29 {
        sample_rate_hz = rate(&mut bits)?;
    }
    if kind == 29 {
        channels = Some(2);
    }
    Some(AudioConfig {
        codec_string: Some(format!("mp4a.40.{kind}")),
        channels,
        sample_rate_hz: Some(sample_rate_hz).filter(|hertz| *hertz > 0),
    })
}

/// Channels of each `acmod` (ETSI TS 102 366 table 4.3), without the low-frequency one.
const AC3_CHANNELS: [u16; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

/// `dac3` (ETSI TS 102 366 §F.4).
pub(super) fn ac3(record: &[u8]) -> Option<AudioConfig> {
    let mut bits = Bits::new(record);
    let rate = bits.take(2)?;
    bits.take(5 + 3)?;
    let mode = bits.take(3)?;
    let low = bits.flag()?;
    Some(dolby("ac-3", rate, mode, low))
}

/// `dec3` (ETSI TS 102 366 §F.6): the first independent substream.
pub(super) fn eac3(record: &[u8]) -> Option<AudioConfig> {
    let mut bits = Bits::new(record);
    bits.take(13 + 3)?;
    let rate = bits.take(2)?;
    bits.take(5 + 1 + 1 + 3)?;
    let mode = bits.take(3)?;
    let low = bits.flag()?;
    Some(dolby("ec-3", rate, mode, low))
}

fn dolby(name: &str, rate: u32, mode: u32, has_low: bool) -> AudioConfig {
    AudioConfig {
        codec_string: Some(name.to_owned()),
        channels: Some(AC3_CHANNELS[(mode & 7) as usize] + u16::from(has_low)),
        sample_rate_hz: [48_000, 44_100, 32_000].get(rate as usize).copied(),
    }
}

/// `dmlp` of Dolby's lossless sound: `format_info` of its sync header, of which the channels are those of the
/// presentation with the most.
pub(super) fn truehd(record: &[u8]) -> Option<AudioConfig> {
    /// Channels of each bit of the assignment: left and right, centre, low …
    const CHANNELS: [u16; 13] = [2, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 1, 1];
    let mut bits = Bits::new(record);
    let rate = bits.take(4)?;
    bits.take(2 + 2 + 2 + 2)?;
    let six = bits.take(5)?;
    bits.take(2)?;
    let eight = bits.take(13)?;
    let count = |mask: u32| -> u16 {
        let is_used = |bit: &usize| mask >> bit & 1 == 1;
        (0..CHANNELS.len()).filter(is_used).map(|bit| CHANNELS[bit]).sum()
    };
    let base = if rate & 8 == 0 { 48_000 } else { 44_100 };
    Some(AudioConfig {
        codec_string: Some("mlpa".to_owned()),
        channels: Some(count(six).max(count(eight))).filter(|channels| *channels > 0),
        sample_rate_hz: (rate & 7 < 3).then_some(base << (rate & 7)),
    })
}

/// AMR has one channel and one rate (3GPP TS 26.244 §6.5), whatever the sample entry says.
pub(super) fn amr(sample_entry: [u8; 4]) -> AudioConfig {
    let sample_rate_hz = if &sample_entry == b"sawb" { 16_000 } else { 8_000 };
    AudioConfig { codec_string: None, channels: Some(1), sample_rate_hz: Some(sample_rate_hz) }
}

/// STREAMINFO of FLAC (RFC 9639 §8.2), behind its block header.
pub(super) fn flac(stream_info: &[u8]) -> Option<AudioConfig> {
    let mut bits = Bits::new(stream_info.get(10..)?);
    let hertz = bits.take(20)?;
    let channels = u16::try_from(bits.take(3)?).ok()? + 1;
    Some(AudioConfig {
        codec_string: Some("flac".to_owned()),
        channels: Some(channels),
        sample_rate_hz: Some(hertz).filter(|hertz| *hertz > 0),
    })
}

/// The bits in which an `ES_Descriptor` (ISO/IEC 14496-1 §7.2.6.5) names its codec.
pub(super) struct ElementaryStream<'a> {
    /// Object type indication (§7.2.6.6, table 5).
    pub(super) object_type: u8,
    /// The decoder's own configuration, empty where it has none.
    pub(super) specific: &'a [u8],
}

/// Reads an `ES_Descriptor`, the body of `esds` behind version and flags.
pub(super) fn elementary_stream(bytes: &[u8]) -> Option<ElementaryStream<'_>> {
    let mut es = descriptor(&mut Fields(bytes), 3)?;
    es.skip(2)?;
    let flags = es.u8()?;
    if flags & 0x80 != 0 {
        es.skip(2)?;
    }
    if flags & 0x40 != 0 {
        let len = es.u8()?;
        es.skip(usize::from(len))?;
    }
    if flags & 0x20 != 0 {
        es.skip(2)?;
    }
    let mut decoder = descriptor(&mut es, 4)?;
    let object_type = decoder.u8()?;
    decoder.skip(12)?;
    let specific = descriptor(&mut decoder, 5).map_or(&[][..], |fields| fields.0);
    Some(ElementaryStream { object_type, specific })
}

/// The body of the next descriptor if it has this tag; its length may claim more than is there,
/// then it is cut (some encoders count wrongly).
fn descriptor<'a>(fields: &mut Fields<'a>, wanted: u8) -> Option<Fields<'a>> {
    let tag = fields.u8()?;
    let mut len = 0_usize;
    for _ in 0..4 {
        let byte = fields.u8()?;
        len = len << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let body = fields.take(len.min(fields.0.len()))?;
    (tag == wanted).then_some(Fields(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(config: Option<VideoConfig>) -> Option<String> {
        config.and_then(|config| config.codec_string)
    }

    #[test]
    fn video_records_become_the_strings_that_browsers_ask_for() {
        let high_10 = [1, 0x6e, 0, 0x29, 0xff, 0xe1, 0, 1, 0, 1, 0, 1, 0, 0xfd, 0xfa, 0xfa, 0];
        let config = avc("avc1", &high_10).expect("whole");
        assert_eq!(config.codec_string.as_deref(), Some("avc1.6e0029"));
        assert_eq!(config.bit_depth, Some(10));
        assert_eq!(avc("avc1", &[1, 0x4d, 0x40, 0x1e]).and_then(|c| c.bit_depth), Some(8));
        assert_eq!(avc("avc1", &[1, 0x64, 0]), None);
        let byte_stream = avc("avc1", &[0, 0, 0, 1, 0x67, 0x64, 0, 0x1e, 0xac, 0xd9]);
        assert_eq!(text(byte_stream).as_deref(), Some("avc1.64001e"));

        let mut main_10 = [0; 23];
        main_10[1..13].copy_from_slice(&[0x02, 0x20, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 153]);
        main_10[17] = 0xfa;
        let config = hevc("hvc1", &main_10).expect("whole");
        assert_eq!(config.codec_string.as_deref(), Some("hvc1.2.4.L153.B0"));
        assert_eq!(config.bit_depth, Some(10));
        assert_eq!(
            text(hevc("hev1", &[1, 0xa1, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 1, 93])).as_deref(),
            Some("hev1.B1.6.H93.0.0.0.0.0.1")
        );

        assert_eq!(text(av1(&[0x81, 0x0d, 0x4c, 0])).as_deref(), Some("av01.0.13M.10"));
        assert_eq!(av1(&[0x01, 0, 0, 0]), None);
        assert_eq!(text(vp("vp09", &[2, 31, 0xa2])).as_deref(), Some("vp09.02.31.10"));
        assert_eq!(
            text(vp9_features(&[1, 1, 0, 2, 1, 30, 3, 1, 8])).as_deref(),
            Some("vp09.00.30.08")
        );
        assert_eq!(vp9_features(&[1, 9, 0]), None);
    }

    #[test]
    fn audio_records_tell_channels_and_the_rate_that_is_heard() {
        let cases: &[(&[u8], &str, Option<u16>, u32)] = &[
            (&[0x12, 0x10], "mp4a.40.2", Some(2), 44_100),
            (&[0x2b, 0x92, 0x08, 0x00], "mp4a.40.5", Some(2), 44_100),
            (&[0xeb, 0x0a, 0x08], "mp4a.40.29", Some(2), 44_100),
            (&[0xf9, 0x48, 0x40], "mp4a.40.42", Some(2), 44_100),
            (&[0x11, 0xb8], "mp4a.40.2", Some(8), 48_000),
        ];
        for (config, text, channels, hertz) in cases {
            let config = aac(config).expect("whole");
            assert_eq!(config.codec_string.as_deref(), Some(*text));
            assert_eq!((config.channels, config.sample_rate_hz), (*channels, Some(*hertz)));
        }
        assert_eq!(aac(&[0x12]), None);
        assert_eq!(ac3(&[0x10, 0x3c, 0]).and_then(|c| c.channels), Some(5 + 1));
        assert_eq!(eac3(&[7, 0xc0, 0x20, 0x0f, 0]).and_then(|c| c.channels), Some(5 + 1));
        let truehd = truehd(&[0x00, 0x17, 0x80, 0x4f]).expect("whole");
        assert_eq!((truehd.channels, truehd.sample_rate_hz), (Some(8), Some(48_000)));
        assert_eq!(amr(*b"sawb").sample_rate_hz, Some(16_000));
        let stream_info = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0xc4, 0x42, 0xf0];
        let config = flac(&stream_info).expect("whole");
        assert_eq!((config.channels, config.sample_rate_hz), (Some(2), Some(44_100)));
    }

    #[test]
    fn an_elementary_stream_names_its_codec() {
        let bytes = [
            3, 0x80, 0x80, 0x80, 25, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            5, 2, 0x12, 0x10, 6, 1, 2,
        ];
        let stream = elementary_stream(&bytes).expect("whole");
        assert_eq!((stream.object_type, stream.specific), (0x40, &[0x12, 0x10][..]));
        for end in 0..20 {
            let _ = elementary_stream(&bytes[..end]);
        }
        assert!(elementary_stream(&[4, 1, 0]).is_none());
    }
}
