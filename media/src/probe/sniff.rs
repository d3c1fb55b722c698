//! What a file is by its first bytes; its name is not asked.

use super::bytes::{Reader, invalid};
use super::info::Container;
use crate::error::{Error, Kind, Result};

/// The part of ffmpeg that reads a container, by its name there. It is one of a list of ours, so
/// that a command line is safe with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demuxer(&'static str);

impl Demuxer {
    pub(crate) fn name(self) -> &'static str {
        self.0
    }

    /// Any at all, to see what holds when the choice of ours did not.
    #[cfg(test)]
    pub(crate) fn of_any_name(name: &'static str) -> Self {
        Self(name)
    }
}

impl Sniffed {
    pub(super) fn demuxer(self) -> Demuxer {
        Demuxer(self.demuxer)
    }
}

/// A recognised container and the demuxer that `ffprobe` and `ffmpeg` are held to for it. Our own
/// walkers describe MP4 and Matroska; there only pictures may need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sniffed {
    pub(super) container: Container,
    pub(super) demuxer: &'static str,
}

/// What every file of a kind has at a fixed place.
struct Magic(usize, &'static [u8], Container, &'static str);

const MAGICS: &[Magic] = &[
    Magic(0, b"\x1a\x45\xdf\xa3", Container::Matroska, "matroska"),
    Magic(4, b"ftyp", Container::Mp4, "mov"),
    Magic(4, b"moov", Container::Mp4, "mov"),
    Magic(4, b"mdat", Container::Mp4, "mov"),
    Magic(4, b"styp", Container::Mp4, "mov"),
    Magic(4, b"moof", Container::Mp4, "mov"),
    Magic(4, b"sidx", Container::Mp4, "mov"),
    Magic(4, b"wide", Container::Mp4, "mov"),
    Magic(4, b"free", Container::Mp4, "mov"),
    Magic(4, b"skip", Container::Mp4, "mov"),
    Magic(4, b"pnot", Container::Mp4, "mov"),
    Magic(8, b"AVI ", Container::Avi, "avi"),
    Magic(8, b"AVIX", Container::Avi, "avi"),
    Magic(8, b"WAVE", Container::Wav, "wav"),
    Magic(0, b"OggS", Container::Ogg, "ogg"),
    Magic(0, b"FLV\x01", Container::Flv, "flv"),
    Magic(0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container::Asf, "asf"),
    Magic(0, b"fLaC", Container::Flac, "flac"),
    Magic(0, b"\x00\x00\x01\xba", Container::MpegPs, "mpeg"),
    Magic(0, b"\x00\x00\x01\xb3", Container::Other, "mpegvideo"),
    Magic(0, b"\x00\x00\x00\x01\x67", Container::Other, "h264"),
    Magic(0, b"\x00\x00\x00\x01\x27", Container::Other, "h264"),
    Magic(0, b"\x00\x00\x00\x01\x40\x01", Container::Other, "hevc"),
    Magic(0, b"wvpk", Container::Other, "wv"),
    Magic(8, b"AIFF", Container::Other, "aiff"),
    Magic(8, b"AIFC", Container::Other, "aiff"),
    Magic(0, b"MAC ", Container::Other, "ape"),
    Magic(0, b"TTA1", Container::Other, "tta"),
    Magic(0, b"caff", Container::Other, "caf"),
    Magic(0, b"#!AMR", Container::Other, "amr"),
    Magic(0, b"DSD ", Container::Other, "dsf"),
    Magic(0, b"\x06\x0e\x2b\x34", Container::Other, "mxf"),
    Magic(0, b".RMF", Container::Other, "rm"),
    Magic(0, b"DKIF", Container::Other, "ivf"),
    Magic(0, b"\x0b\x77", Container::Other, "ac3"),
    Magic(0, b"\x7f\xfe\x80\x01", Container::Other, "dts"),
    Magic(0, b"\xb7\xd8\x00\x20\x37\x49\xda\x11", Container::Other, "wtv"),
];

/// What lies under a media file's name but is none, with the words for it.
const NOT_MEDIA: &[(&[u8], &str)] = &[
    (b"#EXTM3U", "an HLS playlist, which only names other files"),
    (b"ffconcat", "a list of other files for ffmpeg"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"<", "a text of markup (a web page or a manifest)"),
];

/// ID3 tags before the audio that are stepped over.
const ID3_TAGS_MAX: usize = 8;

/// Recognises the container.
///
/// # Errors
/// [`Kind::Invalid`] for what is no media file, in words that say what it seems to be;
/// [`Kind::Unsupported`] for bytes that nothing here knows.
pub(super) fn sniff(reader: &mut Reader<'_>) -> Result<Sniffed> {
    let len_bytes = reader.len_bytes();
    let head = reader.up_to(0, 4096)?;
    if head.is_empty() {
        return Err(invalid("the file is empty"));
    }
    let by_magic = MAGICS
        .iter()
        .find(|Magic(at, magic, ..)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)))
        .map(|Magic(_, _, container, demuxer)| Sniffed { container: *container, demuxer });
    // The words for four bytes at byte 8 count only inside their own wrapping.
    let wrapped = |sniffed: &Sniffed| match sniffed.demuxer {
        "avi" => head.starts_with(b"RIFF"),
        "wav" => [&b"RIFF"[..], b"RF64", b"BW64"].iter().any(|magic| head.starts_with(magic)),
        "aiff" => head.starts_with(b"FORM"),
        _ => true,
    };
    if let Some(sniffed) = by_magic.filter(wrapped) {
        return Ok(sniffed);
    }
    if is_transport_stream(head) {
        return Ok(Sniffed { container: Container::MpegTs, demuxer: "mpegts" });
    }
    if let Some((_, what)) = NOT_MEDIA.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(invalid(format!("it is no media file but {what}")));
    }
    if head.iter().all(|byte| *byte == 0) {
        return Err(invalid(
            "it holds zero bytes where the header should stand (a download that did not begin?)",
        ));
    }
    if head.iter().all(|byte| matches!(byte, 9..=13 | 27 | 32..=126 | 128..)) && !is_audio(head) {
        return Err(invalid("it is no media file but a text"));
    }
    // Some writers put a new tag before the old one.
    let mut audio_at = 0;
    for _ in 0..ID3_TAGS_MAX {
        let tag = reader.up_to(audio_at, 10)?;
        if !tag.starts_with(b"ID3") {
            break;
        }
        audio_at = (audio_at + id3_len_bytes(tag)).min(len_bytes);
    }
    let audio = reader.up_to(audio_at, 4096)?;
    sniff_audio(audio).ok_or_else(|| {
        Error::new(Kind::Unsupported, "it begins like no media file that is known here")
    })
}

fn is_audio(head: &[u8]) -> bool {
    head.starts_with(b"ID3") || head.first() == Some(&0xff)
}

/// Packets of 188 bytes that begin with 0x47 (ISO/IEC 13818-1 §2.4.3.2), with four bytes of time
/// before each on Blu-ray discs, or 16 of error correction behind. Recordings may begin in the
/// middle of a packet.
fn is_transport_stream(head: &[u8]) -> bool {
    const PACKETS: usize = 5;
    [188, 192, 204].into_iter().any(|stride| {
        (0..stride).any(|first| {
            let mut syncs = head.iter().skip(first).step_by(stride).take(PACKETS);
            let needed = if first == 0 || (stride == 192 && first == 4) { 2 } else { PACKETS };
            let count = syncs.clone().count();
            count >= needed && syncs.all(|byte| *byte == 0x47)
        })
    })
}

/// Length of an ID3 tag (version 2.4, §3.1), which stands before the audio.
fn id3_len_bytes(head: &[u8]) -> u64 {
    let size = head.get(6..10).unwrap_or(&[]);
    10 + size.iter().fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
}

fn sniff_audio(audio: &[u8]) -> Option<Sniffed> {
    if audio.starts_with(b"fLaC") {
        return Some(Sniffed { container: Container::Flac, demuxer: "flac" });
    }
    // Bytes between tag and audio are common; two frames in a row are proof.
    audio.windows(4).enumerate().take(2048).find_map(|(at, head)| {
        let head: [u8; 4] = head.try_into().ok()?;
        if let Some(len_bytes) = mpeg_audio_frame_len_bytes(head) {
            let next = audio.get(at + len_bytes..at + len_bytes + 4)?.try_into().ok()?;
            mpeg_audio_frame_len_bytes(next)?;
            return Some(Sniffed { container: Container::Mp3, demuxer: "mp3" });
        }
        let len_bytes = adts_frame_len_bytes(audio.get(at..at + 6)?)?;
        adts_frame_len_bytes(audio.get(at + len_bytes..at + len_bytes + 6)?)?;
        Some(Sniffed { container: Container::Other, demuxer: "aac" })
    })
}

/// ISO/IEC 11172-3 §2.4.2.3: sync, version, layer, bit rate, sample rate and padding of a frame.
fn mpeg_audio_frame_len_bytes(head: [u8; 4]) -> Option<usize> {
    const RATES_1: [[usize; 15]; 3] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    ];
    const RATES_2: [[usize; 15]; 2] = [
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    ];
    let [sync, kind, rates, _] = head;
    let version = kind >> 3 & 3;
    // 1 is Layer III, 3 is Layer I.
    let layer = usize::from(kind >> 1 & 3);
    if sync != 0xff || kind >> 5 != 7 || version == 1 || layer == 0 {
        return None;
    }
    let is_first = version == 3;
    let index = usize::from(rates >> 4);
    let kilobits = if is_first {
        *RATES_1.get(layer - 1)?.get(index)?
    } else {
        *RATES_2.get(usize::from(layer == 3))?.get(index)?
    };
    let hertz = *[44_100, 48_000, 32_000].get(usize::from(rates >> 2 & 3))?
        >> match version {
            3 => 0,
            2 => 1,
            _ => 2,
        };
    let padding = usize::from(rates >> 1 & 1);
    let len_bytes = match (layer, is_first) {
        (3, _) => (12_000 * kilobits / hertz + padding) * 4,
        (1, false) => 72_000 * kilobits / hertz + padding,
        _ => 144_000 * kilobits / hertz + padding,
    };
    (kilobits > 0).then_some(len_bytes)
}

/// ISO/IEC 13818-7 §6.2: the header of an ADTS frame.
fn adts_frame_len_bytes(head: &[u8]) -> Option<usize> {
    let &[sync, kind, rate, b3, b4, b5] = head else { return None };
    let len_bytes = usize::from(b3 & 3) << 11 | usize::from(b4) << 3 | usize::from(b5 >> 5);
    (sync == 0xff && kind & 0xf6 == 0xf0 && rate >> 2 & 15 < 13 && len_bytes > 7)
        .then_some(len_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(bytes: &[u8]) -> Result<Container> {
        sniff(&mut Reader::new(&bytes)).map(|sniffed| sniffed.container)
    }

    fn packets(stride: usize, first: usize, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; first + stride * count];
        bytes[first..].iter_mut().step_by(stride).for_each(|byte| *byte = 0x47);
        bytes
    }

    #[test]
    fn containers_are_told_by_their_first_bytes() {
        let mut mp3 = vec![0; 2000];
        // 128 kbit/s at 44.1 kHz: frames of 417 bytes.
        for at in [0, 417, 834] {
            mp3[at..at + 4].copy_from_slice(b"\xff\xfb\x90\x00");
        }
        let with_id3 = [&b"ID3\x04\x00\x00\x00\x00\x00\x05abcde"[..], &mp3].concat();
        let with_two = [&b"ID3\x03\x00\x00\x00\x00\x00\x01a"[..], &with_id3].concat();
        let flac = b"ID3\x04\x00\x00\x00\x00\x00\x05abcdefLaC";
        let cases: &[(&[u8], Container)] = &[
            (b"\x1a\x45\xdf\xa3\x80", Container::Matroska),
            (b"\x00\x00\x00\x18ftypisom", Container::Mp4),
            (b"\x00\x00\x00\x08wide", Container::Mp4),
            (b"RIFF\0\0\0\0AVI LIST", Container::Avi),
            (b"RF64\xff\xff\xff\xffWAVEds64", Container::Wav),
            (b"OggS\0", Container::Ogg),
            (b"FORM\0\0\0\0AIFF", Container::Other),
            (&packets(188, 0, 2), Container::MpegTs),
            (&packets(192, 4, 2), Container::MpegTs),
            (&packets(188, 77, 6), Container::MpegTs),
            (&mp3, Container::Mp3),
            (&with_id3, Container::Mp3),
            (&with_two, Container::Mp3),
            (flac, Container::Flac),
        ];
        for (bytes, expected) in cases {
            let head = &bytes[..bytes.len().min(16)];
            assert_eq!(container(bytes).expect("known"), *expected, "{head:?}");
        }
    }

    #[test]
    fn what_is_no_media_file_is_called_what_it_is() {
        let cases: &[(&[u8], &str)] = &[
            (b"", "empty"),
            (b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "playlist"),
            (b"ffconcat version 1.0\nfile secret.mp4\n", "list of other files"),
            (b"<!DOCTYPE html><title>Sign in</title>", "markup"),
            (b"just words, saved under a film's name", "text"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
            (&[0; 5000], "zero bytes"),
            (b"G", "text"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "known here"),
            (&[0x80, 1, 2, 3], "known here"),
        ];
        for (bytes, expected) in cases {
            let error = container(bytes).expect_err("no media").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
