//! Codec names: tables from what containers write to what `ffprobe` and we say, and the small sums
//! that both walkers need.

use crate::limits;

/// Sample entries of MP4 and QuickTime and the codec's short name.
const SAMPLE_ENTRIES: &[(&str, &[&[u8; 4]])] = &[
    ("h264", &[b"avc1", b"avc2", b"avc3", b"avc4", b"dva1", b"dvav", b"H264", b"h264"]),
    ("hevc", &[b"hvc1", b"hev1", b"hvc2", b"hev2", b"dvh1", b"dvhe", b"HEVC"]),
    ("vvc", &[b"vvc1", b"vvi1"]),
    ("av1", &[b"av01", b"dav1", b"AV01"]),
    ("vp8", &[b"vp08", b"VP80"]),
    ("vp9", &[b"vp09", b"VP90"]),
    ("mpeg4", &[b"mp4v", b"XVID", b"xvid", b"DIVX", b"DX50", b"FMP4", b"3IV2"]),
    ("msmpeg4v3", &[b"DIV3", b"DIV4", b"MP43"]),
    ("msmpeg4v2", &[b"MP42"]),
    ("h263", &[b"s263", b"h263", b"H263"]),
    ("mjpeg", &[b"jpeg", b"mjpa", b"mjpb", b"MJPG", b"mjpg", b"AVDJ", b"dmb1"]),
    ("prores", &[b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"]),
    ("prores_raw", &[b"aprn", b"aprh"]),
    ("dnxhd", &[b"AVdn", b"AVdh"]),
    (
        "dvvideo",
        &[
            b"dvc ", b"dvcp", b"dvpp", b"dv5p", b"dv5n", b"dvhq", b"dvhp", b"dvh6", b"dvh5",
            b"dvsd", b"dvsl",
        ],
    ),
    (
        "mpeg2video",
        &[
            b"mx5p", b"mx4p", b"mx3p", b"mx5n", b"mx4n", b"mx3n", b"xdv6", b"xdv7", b"xdvb",
            b"xdvc", b"xd5b", b"xd5c", b"xd5d", b"xd5e", b"xd54", b"xd55", b"hdv2", b"hdv3",
            b"mpg2", b"MPG2", b"m2v1",
        ],
    ),
    ("mpeg1video", &[b"mpeg", b"mpg1", b"MPG1", b"m1v "]),
    ("vc1", &[b"vc-1", b"WVC1"]),
    ("wmv3", &[b"WMV3"]),
    ("wmv2", &[b"WMV2"]),
    ("svq1", &[b"SVQ1"]),
    ("svq3", &[b"SVQ3"]),
    ("cinepak", &[b"cvid"]),
    ("qtrle", &[b"rle "]),
    ("rpza", &[b"rpza", b"azpr"]),
    ("smc", &[b"smc "]),
    ("cfhd", &[b"CFHD"]),
    ("ffv1", &[b"FFV1"]),
    ("hap", &[b"Hap1", b"Hap5", b"HapY", b"HapM"]),
    ("jpeg2000", &[b"mjp2", b"MJP2"]),
    ("png", &[b"png "]),
    ("rawvideo", &[b"raw ", b"2vuy", b"yuv2", b"v210", b"v308", b"v408", b"v410", b"uncv"]),
    ("aic", &[b"icod"]),
    ("utvideo", &[b"ULRG", b"ULRA", b"ULY0", b"ULY2", b"ULH0", b"ULH2"]),
    ("aac", &[b"mp4a"]),
    ("mp3", &[b".mp3", b"ms\0U", b"mp3 "]),
    ("ac3", &[b"ac-3", b"sac3", b"AC-3"]),
    ("eac3", &[b"ec-3", b"EC-3"]),
    ("ac4", &[b"ac-4"]),
    ("opus", &[b"Opus", b"OPUS"]),
    ("flac", &[b"fLaC"]),
    ("alac", &[b"alac"]),
    ("dts", &[b"dtsc", b"dtsh", b"dtsl", b"dtse", b"dtsx", b"DTS "]),
    ("truehd", &[b"mlpa"]),
    ("amr_nb", &[b"samr"]),
    ("amr_wb", &[b"sawb"]),
    ("evrc", &[b"sevc"]),
    ("qcelp", &[b"sqcp", b"Qclp"]),
    ("iamf", &[b"iamf"]),
    ("mpegh_3d_audio", &[b"mha1", b"mha2", b"mhm1", b"mhm2"]),
    ("pcm_mulaw", &[b"ulaw"]),
    ("pcm_alaw", &[b"alaw"]),
    ("adpcm_ima_qt", &[b"ima4"]),
    ("qdm2", &[b"QDM2"]),
    ("qdmc", &[b"QDMC"]),
    ("mace3", &[b"MAC3"]),
    ("mace6", &[b"MAC6"]),
    ("gsm", &[b"agsm"]),
    ("speex", &[b"spex", b"SPXN"]),
    ("mov_text", &[b"tx3g", b"text"]),
    ("webvtt", &[b"wvtt"]),
    ("ttml", &[b"stpp"]),
    ("dvd_subtitle", &[b"mp4s"]),
    ("eia_608", &[b"c608"]),
    ("eia_708", &[b"c708"]),
];

/// A box or sample entry's name as people write it.
pub(super) fn four_letters(kind: [u8; 4]) -> String {
    kind.iter()
        .map(|byte| match byte {
            0xa9 => '©',
            b' '..=b'~' => char::from(*byte),
            _ => '?',
        })
        .collect()
}

/// The short name of a sample entry's codec; its own letters where it is not known.
pub(super) fn of_sample_entry(kind: [u8; 4]) -> String {
    known(kind).map_or_else(
        || {
            let letters: String = kind
                .iter()
                .filter(|byte| byte.is_ascii_graphic())
                .map(|byte| char::from(byte.to_ascii_lowercase()))
                .collect();
            if letters.is_empty() { "unknown".to_owned() } else { letters }
        },
        str::to_owned,
    )
}

fn known(kind: [u8; 4]) -> Option<&'static str> {
    SAMPLE_ENTRIES
        .iter()
        .find(|(_, kinds)| kinds.iter().any(|known| **known == kind))
        .map(|(name, _)| *name)
}

/// The short name for a FourCC of Video for Windows, in any case.
pub(super) fn of_four_cc(kind: [u8; 4]) -> String {
    [kind, kind.map(|b| b.to_ascii_uppercase()), kind.map(|b| b.to_ascii_lowercase())]
        .into_iter()
        .find_map(known)
        .map_or_else(|| of_sample_entry(kind), str::to_owned)
}

/// The short name for a format tag of WAVEFORMATEX (RFC 2361).
pub(super) fn of_wave_format(tag: u16, bits: u16) -> Option<String> {
    let name = match tag {
        1 if bits == 8 => "pcm_u8",
        1 => return Some(format!("pcm_s{bits}le")),
        3 => return Some(format!("pcm_f{bits}le")),
        0x2 => "adpcm_ms",
        0x6 => "pcm_alaw",
        0x7 => "pcm_mulaw",
        0x11 => "adpcm_ima_wav",
        0x50 => "mp2",
        0x55 => "mp3",
        0xff | 0x1600 | 0x1602 => "aac",
        0x160 => "wmav1",
        0x161 => "wmav2",
        0x162 => "wmapro",
        0x163 => "wmalossless",
        0x2000 => "ac3",
        0x2001 => "dts",
        0xf1ac => "flac",
        _ => return None,
    };
    Some(name.to_owned())
}

/// The short name for an object type indication (MP4 registration authority).
pub(super) fn of_object_type(object_type: u8) -> Option<&'static str> {
    Some(match object_type {
        0x20 => "mpeg4",
        0x21 => "h264",
        0x23 => "hevc",
        0x33 => "vvc",
        0x40 | 0x66..=0x68 => "aac",
        0x60..=0x65 => "mpeg2video",
        0x6a => "mpeg1video",
        0x69 | 0x6b => "mp3",
        0x6c => "mjpeg",
        0x6d => "png",
        0xa5 => "ac3",
        0xa6 => "eac3",
        0xa9..=0xac => "dts",
        0xad => "opus",
        0xb1 => "vp9",
        0xdd => "vorbis",
        0xe0 => "dvd_subtitle",
        0xe1 => "qcelp",
        _ => return None,
    })
}

/// The `codecs` parameter where it is the sample entry's name alone (RFC 6381 §3.3).
pub(super) fn plain_string(kind: [u8; 4]) -> Option<String> {
    let text = match &kind {
        b"Opus" => "opus",
        b"fLaC" => "flac",
        b".mp3" => "mp3",
        b"ac-3" | b"ec-3" | b"ac-4" | b"alac" | b"dtsc" | b"dtsh" | b"dtsl" | b"dtse" | b"dtsx"
        | b"mlpa" | b"samr" | b"sawb" | b"s263" | b"wvtt" | b"stpp" | b"tx3g" | b"vp08"
        | b"mhm1" | b"mha1" | b"iamf" => std::str::from_utf8(&kind).ok()?,
        _ => return None,
    };
    Some(text.to_owned())
}

/// The name by which a codec string begins: browsers ask for Dolby Vision's and our own streams by
/// the sample entry as it stands, old writers' odd spellings become the standard's.
pub(super) fn base_sample_entry(kind: [u8; 4]) -> String {
    match &kind {
        b"avc2" | b"avc4" | b"H264" | b"h264" => "avc1".to_owned(),
        _ => four_letters(kind),
    }
}

/// The short name of uncompressed sound; `None` where `kind` is none.
pub(super) fn pcm(
    kind: [u8; 4],
    bits: u32,
    is_little_endian: bool,
    lpcm_flags: u32,
) -> Option<String> {
    let end = |is_little| if is_little { "le" } else { "be" };
    let integer = |bits: u32, is_little| match bits {
        8 => "pcm_s8".to_owned(),
        _ => format!("pcm_s{bits}{}", end(is_little)),
    };
    Some(match &kind {
        b"sowt" => integer(bits, true),
        b"twos" | b"ipcm" => integer(bits, is_little_endian),
        b"raw " if bits == 8 => "pcm_u8".to_owned(),
        b"raw " | b"NONE" => integer(bits, false),
        b"in24" => integer(24, is_little_endian),
        b"in32" => integer(32, is_little_endian),
        b"fl32" => format!("pcm_f32{}", end(is_little_endian)),
        b"fl64" => format!("pcm_f64{}", end(is_little_endian)),
        b"fpcm" => format!("pcm_f{bits}{}", end(is_little_endian)),
        // QuickTime File Format, "LPCM flag values": 1 float, 2 big-endian, 4 signed.
        b"lpcm" => {
            let is_little = lpcm_flags & 2 == 0;
            match lpcm_flags & 5 {
                1 | 5 => format!("pcm_f{bits}{}", end(is_little)),
                0 if bits == 8 => "pcm_u8".to_owned(),
                _ => integer(bits, is_little),
            }
        }
        _ => return None,
    })
}

/// A sample rate that a file writes as a float; 0 for what is none.
pub(super) fn hertz(rate: f64) -> u32 {
    // A cast from a float saturates, and takes NaN to 0.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let hertz = rate.round() as u32;
    if hertz == u32::MAX { 0 } else { hertz }
}

/// What is wrong with a picture of this size; `None` where something may play it.
pub(super) fn size_fault(width: u64, height: u64) -> Option<String> {
    let is_possible = |side: u64| (1..=limits::PROBE_PICTURE_SIDE_MAX).contains(&side);
    if is_possible(width) && is_possible(height) {
        return None;
    }
    Some(format!("says a picture of {width}x{height} pixels, which nothing can show"))
}

/// Width and height as shown, where pixels are `pixel.0` wide and `pixel.1` high: the picture is
/// made wider or higher, never smaller. A ratio beyond 1:16 is damage and is not followed.
pub(super) fn shown_size(width: u32, height: u32, pixel: (u32, u32)) -> (u32, u32) {
    let (across, down) = (u64::from(pixel.0), u64::from(pixel.1));
    if across == 0 || down == 0 || across > down * 16 || down > across * 16 {
        return (width, height);
    }
    let scale = |value: u32, by: u64, of: u64| {
        u32::try_from((u64::from(value) * by + of / 2) / of).unwrap_or(u32::MAX)
    };
    if across >= down {
        (scale(width, across, down), height)
    } else {
        (width, scale(height, down, across))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_that_are_not_square_make_the_picture_larger() {
        let cases = [
            ((720, 576), (1, 1), (720, 576)),
            ((720, 576), (64, 45), (1024, 576)),
            ((640, 360), (2, 3), (640, 540)),
            ((720, 576), (0, 1), (720, 576)),
            ((720, 576), (1, 0), (720, 576)),
            ((720, 576), (u32::MAX, 1), (720, 576)),
            ((u32::MAX, 1), (16, 1), (u32::MAX, 1)),
        ];
        for ((width, height), pixel, expected) in cases {
            assert_eq!(shown_size(width, height, pixel), expected, "{pixel:?}");
        }
    }

    #[test]
    fn a_picture_has_a_side_that_something_can_show() {
        let cases = [(1, 1, true), (16_888, 16_888, true), (0, 9, false), (9, 0, false)];
        for (width, height, is_possible) in
            cases.into_iter().chain([(16_889, 9, false), (9, u64::MAX, false)])
        {
            assert_eq!(size_fault(width, height).is_none(), is_possible, "{width}x{height}");
        }
    }

    #[test]
    fn a_sample_entry_that_nobody_knows_keeps_its_letters() {
        assert_eq!(of_sample_entry(*b"avc3"), "h264");
        assert_eq!(of_sample_entry(*b"ZYX "), "zyx");
        assert_eq!(of_sample_entry([0, 1, 2, 0xff]), "unknown");
        assert_eq!(of_four_cc(*b"XviD"), "mpeg4");
        assert_eq!(pcm(*b"lpcm", 24, false, 2 | 4).as_deref(), Some("pcm_s24be"));
        assert_eq!(pcm(*b"mp4a", 16, false, 0), None);
        assert_eq!(hertz(f64::NAN), 0);
        assert_eq!(hertz(44_100.0), 44_100);
        assert_eq!(hertz(-1e300), 0);
    }
}
