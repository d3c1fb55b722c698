//! The Tracks element (RFC 9559 §5.1.4).

use super::blocks::Packing;
use super::ebml::Element;
use super::{Segment, ids};
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Faults, Reader, invalid};
use crate::probe::codec_string::{self, AudioConfig, VideoConfig};
use crate::probe::codecs;
use crate::probe::colour::Colour;
use crate::probe::info::{AudioDetails, Hdr, SubtitleDetails, Track, TrackDetails, VideoDetails};
use crate::probe::language;
use crate::probe::stream_headers::{self, InStream, Transfer};
use crate::probe::video_stream::is_dolby_vision_alone;

/// Reads the tracks; one that cannot be read becomes a fault.
pub(super) fn read(
    reader: &mut Reader<'_>,
    element: &Element,
    segment: &mut Segment,
    faults: &mut Faults,
) -> Result<()> {
    let mut children = element.children();
    let mut count = 0_usize;
    while let Some(entry) = children.next(reader)? {
        if entry.id != ids::TRACK_ENTRY {
            continue;
        }
        count += 1;
        if count > limits::PROBE_TRACKS_MAX {
            continue;
        }
        let read = read_entry(reader, &entry, faults);
        let Some(Read { track, default_duration_ns, coding }) = faults.keep(read) else { continue };
        if segment.tracks.iter().any(|known| known.number == track.number) {
            faults.add(format!("{entry} has the number {} of another track", track.number));
            continue;
        }
        segment.default_durations_ns.extend(default_duration_ns.map(|ns| (track.number, ns)));
        if matches!(track.details, TrackDetails::Video(_)) {
            segment.codings.push((track.number, coding));
        }
        segment.tracks.push(track);
    }
    if count > limits::PROBE_TRACKS_MAX {
        let described = limits::PROBE_TRACKS_MAX;
        faults.add(format!("it has {count} tracks; the first {described} are described"));
    }
    Ok(())
}

/// What an entry tells.
struct Read {
    track: Track,
    default_duration_ns: Option<u64>,
    coding: Coding,
}

/// What decoding pictures takes beyond their description.
#[derive(Clone, Debug, Default)]
pub(super) struct Coding {
    /// `CodecPrivate`, whole.
    pub(super) configuration: Vec<u8>,
    pub(super) colour: Colour,
    pub(super) has_colours_of_its_own: bool,
    pub(super) packing: Packing,
}

/// A track's fields, before it is known what they mean together.
#[allow(clippy::struct_excessive_bools, reason = "the format has them as flags, one by one")]
struct Entry {
    number: u64,
    kind: u64,
    codec_id: String,
    private: Vec<u8>,
    language: String,
    language_bcp47: Option<String>,
    name: Option<String>,
    is_enabled: bool,
    is_default: bool,
    is_forced: bool,
    is_hearing_impaired: bool,
    is_encrypted: bool,
    packing: Packing,
    has_dolby_vision: bool,
    has_colours_of_its_own: bool,
    has_hdr10_plus: bool,
    default_duration_ns: Option<u64>,
    picture: Picture,
    sound: Sound,
}

#[derive(Default)]
struct Picture {
    width: u64,
    height: u64,
    /// Left and right together, top and bottom together.
    crop: (u64, u64),
    display: (u64, u64),
    display_unit: u64,
    transfer: Option<Transfer>,
    colour: Colour,
    bits: Option<u8>,
    rotation_degrees: u16,
}

struct Sound {
    rate: f64,
    output_rate: Option<f64>,
    channels: u64,
    bits: u32,
}

fn read_entry(reader: &mut Reader<'_>, element: &Element, faults: &mut Faults) -> Result<Read> {
    let mut entry = Entry {
        number: 0,
        kind: 0,
        codec_id: String::new(),
        private: Vec::new(),
        // The default of the standard (§5.1.4.1.19).
        language: "eng".to_owned(),
        language_bcp47: None,
        name: None,
        is_enabled: true,
        is_default: true,
        is_forced: false,
        is_hearing_impaired: false,
        is_encrypted: false,
        packing: Packing::None,
        has_dolby_vision: false,
        has_colours_of_its_own: false,
        has_hdr10_plus: false,
        default_duration_ns: None,
        picture: Picture::default(),
        sound: Sound { rate: 8000.0, output_rate: None, channels: 1, bits: 0 },
    };
    let mut children = element.children();
    while let Some(child) = children.next(reader)? {
        let is_set = |reader: &mut Reader<'_>| child.uint(reader).map(|value| value != 0);
        match child.id {
            ids::TRACK_NUMBER => entry.number = child.uint(reader)?,
            ids::TRACK_TYPE => entry.kind = child.uint(reader)?,
            ids::CODEC_ID => entry.codec_id = child.text(reader)?.unwrap_or_default(),
            ids::CODEC_PRIVATE => entry.private = child.bytes(reader)?.to_vec(),
            ids::LANGUAGE => entry.language = child.text(reader)?.unwrap_or_default(),
            ids::LANGUAGE_BCP47 => entry.language_bcp47 = child.text(reader)?,
            ids::NAME => entry.name = child.text(reader)?,
            ids::FLAG_ENABLED => entry.is_enabled = is_set(reader)?,
            ids::FLAG_DEFAULT => entry.is_default = is_set(reader)?,
            ids::FLAG_FORCED => entry.is_forced = is_set(reader)?,
            ids::FLAG_HEARING_IMPAIRED => entry.is_hearing_impaired = is_set(reader)?,
            ids::DEFAULT_DURATION => entry.default_duration_ns = Some(child.uint(reader)?),
            ids::CONTENT_ENCODINGS => {
                (entry.is_encrypted, entry.packing) = read_encodings(reader, &child)?;
            }
            ids::BLOCK_ADDITION_MAPPING => entry.note_addition(reader, &child)?,
            ids::VIDEO => entry.picture.read(reader, &child, faults)?,
            ids::AUDIO => entry.sound.read(reader, &child)?,
            _ => {}
        }
    }
    if entry.number == 0 {
        return Err(invalid(format!("{element} has no number")));
    }
    if entry.codec_id.is_empty() {
        return Err(invalid(format!("{element} does not say how it is coded")));
    }
    if !entry.is_codec_of_its_kind() {
        let id = &entry.codec_id;
        faults.add(format!("{element} names a codec that is not of its type, \"{id}\""));
    }
    let default_duration_ns = entry.default_duration_ns;
    let coding = Coding {
        configuration: entry.private.clone(),
        colour: entry.picture.colour,
        has_colours_of_its_own: entry.has_colours_of_its_own,
        packing: std::mem::take(&mut entry.packing),
    };
    Ok(Read { track: entry.into_track(element, faults), default_duration_ns, coding })
}

/// Whether any encoding is encryption, and how blocks are packed (§5.1.4.1.31).
fn read_encodings(reader: &mut Reader<'_>, encodings: &Element) -> Result<(bool, Packing)> {
    const ENCRYPTION: u64 = 1;
    /// Blocks, and nothing else.
    const SCOPE_BLOCKS: u64 = 1;
    const ZLIB: u64 = 0;
    const HEADER_STRIPPING: u64 = 3;
    let mut is_encrypted = false;
    let mut packing = None;
    let mut children = encodings.children();
    while let Some(encoding) = children.next(reader)? {
        if encoding.id != ids::CONTENT_ENCODING {
            continue;
        }
        let (mut scope, mut algorithm, mut settings) = (SCOPE_BLOCKS, ZLIB, Vec::new());
        let mut fields = encoding.children();
        while let Some(field) = fields.next(reader)? {
            match field.id {
                ids::CONTENT_ENCODING_SCOPE => scope = field.uint(reader)?,
                ids::CONTENT_ENCODING_TYPE => is_encrypted |= field.uint(reader)? == ENCRYPTION,
                ids::CONTENT_COMPRESSION => {
                    let mut values = field.children();
                    while let Some(value) = values.next(reader)? {
                        match value.id {
                            ids::CONTENT_COMP_ALGO => algorithm = value.uint(reader)?,
                            ids::CONTENT_COMP_SETTINGS => settings = value.bytes(reader)?.to_vec(),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        // One after the other is allowed, but nothing writes it.
        packing = Some(match (scope, algorithm) {
            _ if packing.is_some() => Packing::Unknown,
            (SCOPE_BLOCKS, ZLIB) => Packing::Zlib,
            (SCOPE_BLOCKS, HEADER_STRIPPING) => Packing::Stripped(settings),
            _ => Packing::Unknown,
        });
    }
    Ok((is_encrypted, packing.unwrap_or_default()))
}

impl Picture {
    fn read(
        &mut self,
        reader: &mut Reader<'_>,
        video: &Element,
        faults: &mut Faults,
    ) -> Result<()> {
        let mut children = video.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::PIXEL_WIDTH => self.width = child.uint(reader)?,
                ids::PIXEL_HEIGHT => self.height = child.uint(reader)?,
                ids::PIXEL_CROP_LEFT | ids::PIXEL_CROP_RIGHT => {
                    self.crop.0 = self.crop.0.saturating_add(child.uint(reader)?);
                }
                ids::PIXEL_CROP_TOP | ids::PIXEL_CROP_BOTTOM => {
                    self.crop.1 = self.crop.1.saturating_add(child.uint(reader)?);
                }
                ids::DISPLAY_WIDTH | ids::DISPLAY_HEIGHT => {
                    let value = child.uint(reader)?;
                    if value == 0 {
                        faults.add(format!("{child} is 0: nothing would be shown"));
                    }
                    if child.id == ids::DISPLAY_WIDTH {
                        self.display.0 = value;
                    } else {
                        self.display.1 = value;
                    }
                }
                ids::DISPLAY_UNIT => self.display_unit = child.uint(reader)?,
                ids::COLOUR | ids::PROJECTION => {
                    let read = self.read_inner(reader, &child);
                    faults.keep(read);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_inner(&mut self, reader: &mut Reader<'_>, element: &Element) -> Result<()> {
        let mut children = element.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::TRANSFER_CHARACTERISTICS => {
                    let number = u32::try_from(child.uint(reader)?).unwrap_or(2);
                    self.transfer = Transfer::of(number);
                    self.colour = Colour::of(2, number, 2, None).or(self.colour);
                }
                ids::PRIMARIES => {
                    let number = u32::try_from(child.uint(reader)?).unwrap_or(2);
                    self.colour = Colour::of(number, 2, 2, None).or(self.colour);
                }
                ids::MATRIX_COEFFICIENTS => {
                    let number = u32::try_from(child.uint(reader)?).unwrap_or(2);
                    self.colour = Colour::of(2, 2, number, None).or(self.colour);
                }
                // §5.1.4.1.28.28: 1 is broadcast range, 2 full; the others say nothing.
                ids::RANGE => {
                    let range = child.uint(reader)?;
                    self.colour.is_full_range = matches!(range, 1 | 2).then_some(range == 2);
                }
                ids::BITS_PER_CHANNEL => {
                    let bits = u8::try_from(child.uint(reader)?).ok();
                    self.bits = bits.filter(|bits| (8..=16).contains(bits));
                }
                ids::PROJECTION_POSE_ROLL => {
                    self.rotation_degrees = clockwise_degrees(child.float(reader)?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Width and height after cropping, and as shown.
    fn sizes(&self) -> ((u32, u32), (u32, u32)) {
        let small = |value: u64| u32::try_from(value).unwrap_or(0);
        let width = small(self.width.saturating_sub(self.crop.0));
        let height = small(self.height.saturating_sub(self.crop.1));
        // Units 0 and 3 are pixels and a ratio (§5.1.4.1.28.14); a ratio and pixels give the same
        // shape.
        let display = (small(self.display.0), small(self.display.1));
        let is_told = matches!(self.display_unit, 0 | 3) && display.0 > 0 && display.1 > 0;
        let mut shown = (width, height);
        if is_told && width > 0 && height > 0 {
            let across = u64::from(display.0) * u64::from(height);
            let down = u64::from(display.1) * u64::from(width);
            let divisor = across.max(down) / (1 << 24) + 1;
            let small = |value: u64| u32::try_from(value / divisor).unwrap_or(0);
            let pixel = (small(across), small(down));
            shown = codecs::shown_size(width, height, pixel);
        }
        if matches!(self.rotation_degrees, 90 | 270) {
            shown = (shown.1, shown.0);
        }
        ((width, height), shown)
    }
}

/// The roll counts against the clock (RFC 9559 §5.1.4.1.28.45).
fn clockwise_degrees(roll: f64) -> u16 {
    match (-roll / 90.0).round() {
        1.0 | -3.0 => 90,
        2.0 | -2.0 => 180,
        3.0 | -1.0 => 270,
        _ => 0,
    }
}

impl Sound {
    fn read(&mut self, reader: &mut Reader<'_>, audio: &Element) -> Result<()> {
        let mut children = audio.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::SAMPLING_FREQUENCY => self.rate = child.float(reader)?,
                ids::OUTPUT_SAMPLING_FREQUENCY => self.output_rate = Some(child.float(reader)?),
                ids::CHANNELS => self.channels = child.uint(reader)?,
                ids::BIT_DEPTH => self.bits = u32::try_from(child.uint(reader)?).unwrap_or(0),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Entry {
    /// A codec's id begins with the letter of its track's type (RFC 9559 §5.1.4.1.21); WebM's
    /// subtitles came before that rule.
    fn is_codec_of_its_kind(&self) -> bool {
        let prefixes: &[&str] = match self.kind {
            1 => &["V_"],
            2 => &["A_"],
            17 => &["S_", "D_WEBVTT/"],
            _ => &[""],
        };
        prefixes.iter().any(|prefix| self.codec_id.starts_with(prefix))
    }

    /// Dolby Vision's configuration and dynamic metadata travel beside the blocks, by the type of
    /// the addition (Matroska block addition mappings).
    fn note_addition(&mut self, reader: &mut Reader<'_>, mapping: &Element) -> Result<()> {
        const ITU_T_T35: u64 = 4;
        let (mut kind, mut record) = (0, Vec::new());
        let mut children = mapping.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::BLOCK_ADD_ID_TYPE => kind = child.uint(reader)?,
                ids::BLOCK_ADD_ID_EXTRA_DATA => record = child.bytes(reader)?.to_vec(),
                _ => {}
            }
        }
        match kind {
            // "dvcC", "dvvC" and "dvwC" as numbers.
            0x6476_6343 | 0x6476_7643 | 0x6476_7743 => {
                self.has_dolby_vision = true;
                self.has_colours_of_its_own |= is_dolby_vision_alone(&record);
            }
            ITU_T_T35 => self.has_hdr10_plus = true,
            _ => {}
        }
        Ok(())
    }

    fn into_track(self, element: &Element, faults: &mut Faults) -> Track {
        let (codec, codec_string, details) = match self.kind {
            1 => self.video(element, faults),
            2 => self.audio(),
            17 => {
                let details = TrackDetails::Subtitle(SubtitleDetails {
                    is_hearing_impaired: self.is_hearing_impaired,
                });
                let codec = subtitle_codec(&self.codec_id);
                let codec_string = (codec == "webvtt").then(|| "wvtt".to_owned());
                (codec, codec_string, details)
            }
            _ => (self.codec_id.to_lowercase(), None, TrackDetails::Other),
        };
        let code = self.language_bcp47.as_deref().unwrap_or(&self.language);
        Track {
            number: self.number,
            codec,
            codec_string,
            language: language::shortest_tag(code),
            name: self.name,
            duration_ms: None,
            is_default: self.is_default && self.is_enabled,
            is_forced: self.is_forced,
            is_encrypted: self.is_encrypted,
            details,
        }
    }

    fn video(
        &self,
        element: &Element,
        faults: &mut Faults,
    ) -> (String, Option<String>, TrackDetails) {
        let private = self.private.as_slice();
        let untold = InStream::default();
        let (codec, config, in_stream) = match self.codec_id.as_str() {
            "V_MPEG4/ISO/AVC" => (
                "h264".to_owned(),
                codec_string::avc("avc1", private),
                stream_headers::avc(private),
            ),
            "V_MPEGH/ISO/HEVC" => (
                "hevc".to_owned(),
                codec_string::hevc("hvc1", private),
                stream_headers::hevc(private),
            ),
            "V_AV1" => ("av1".to_owned(), codec_string::av1(private), stream_headers::av1(private)),
            "V_VP9" => {
                let config = codec_string::vp9_features(private).or_else(|| {
                    Some(VideoConfig { codec_string: Some("vp9".to_owned()), bit_depth: None })
                });
                ("vp9".to_owned(), config, untold)
            }
            "V_VP8" => {
                let config =
                    VideoConfig { codec_string: Some("vp8".to_owned()), bit_depth: Some(8) };
                ("vp8".to_owned(), Some(config), untold)
            }
            // BITMAPINFOHEADER: the FourCC stands at 16.
            "V_MS/VFW/FOURCC" => {
                let code = private.get(16..20).and_then(|code| code.try_into().ok());
                (code.map_or_else(|| "unknown".to_owned(), codecs::of_four_cc), None, untold)
            }
            // A sample description of QuickTime: size, then the FourCC.
            "V_QUICKTIME" => {
                let code = private.get(4..8).and_then(|code| code.try_into().ok());
                (code.map_or_else(|| "unknown".to_owned(), codecs::of_sample_entry), None, untold)
            }
            id => (plain_codec(id), None, untold),
        };
        let is_config_needed =
            matches!(codec.as_str(), "h264" | "hevc" | "av1") && self.codec_id != "V_MS/VFW/FOURCC";
        if is_config_needed && config.is_none() {
            faults.add(format!("{element} has no whole configuration of its {codec} stream"));
        }
        let config = config.unwrap_or_default();
        let ((width, height), (display_width, display_height)) = self.picture.sizes();
        let told = (self.picture.width, self.picture.height);
        if let Some(fault) = codecs::size_fault(told.0, told.1) {
            faults.add(format!("{element} {fault}"));
        } else {
            for fault in in_stream.faults(told) {
                faults.add(format!("{element}: {fault}"));
            }
        }
        let in_stream = in_stream.transfer.filter(|transfer| *transfer != Transfer::Sdr);
        let hdr = match in_stream.or(self.picture.transfer).and_then(Transfer::hdr) {
            _ if self.has_dolby_vision => Some(Hdr::DolbyVision),
            Some(Hdr::Hdr10) if self.has_hdr10_plus => Some(Hdr::Hdr10Plus),
            hdr => hdr,
        };
        let details = TrackDetails::Video(VideoDetails {
            width,
            height,
            display_width,
            display_height,
            rotation_degrees: self.picture.rotation_degrees,
            frames_per_1000_s: self.frames_per_1000_s(),
            bit_depth: config.bit_depth.or(self.picture.bits),
            hdr,
        });
        (codec, config.codec_string, details)
    }

    fn frames_per_1000_s(&self) -> Option<u32> {
        let ns = self.default_duration_ns.filter(|ns| *ns > 0)?;
        u32::try_from((1_000_000_000_000 + ns / 2) / ns).ok().filter(|rate| *rate > 0)
    }

    fn audio(&self) -> (String, Option<String>, TrackDetails) {
        let private = self.private.as_slice();
        let named = |name: &str| {
            Some(AudioConfig { codec_string: Some(name.to_owned()), ..AudioConfig::default() })
        };
        let mut codec = plain_codec(&self.codec_id);
        let config = match self.codec_id.as_str() {
            "A_AC3" => named("ac-3"),
            "A_EAC3" => named("ec-3"),
            "A_OPUS" | "A_OPUS/EXPERIMENTAL" => named("opus"),
            "A_VORBIS" => named("vorbis"),
            "A_MPEG/L3" => named("mp3"),
            "A_ALAC" => named("alac"),
            "A_TRUEHD" => named("mlpa"),
            "A_DTS" => named("dtsc"),
            // "fLaC", a block header of four bytes, STREAMINFO.
            "A_FLAC" => private.get(8..).and_then(codec_string::flac).or_else(|| named("flac")),
            // WAVEFORMATEX: the format first, bits per sample at 14, the configuration from 18.
            "A_MS/ACM" => {
                let word = |at: usize| {
                    let bytes = private.get(at..at + 2)?.try_into().ok()?;
                    Some(u16::from_le_bytes(bytes))
                };
                let known = word(0).and_then(|tag| codecs::of_wave_format(tag, word(14)?));
                codec = known.unwrap_or_else(|| "unknown".to_owned());
                match codec.as_str() {
                    "aac" => private.get(18..).and_then(codec_string::aac),
                    "mp3" => named("mp3"),
                    "ac3" => named("ac-3"),
                    _ => None,
                }
            }
            "A_PCM/INT/LIT" if self.sound.bits == 8 => {
                codec = String::from("pcm_u8");
                None
            }
            "A_PCM/INT/LIT" | "A_PCM/INT/BIG" | "A_PCM/FLOAT/IEEE" => {
                let bits = self.sound.bits;
                let (kind, end) = match self.codec_id.as_str() {
                    "A_PCM/INT/LIT" => ("s", "le"),
                    "A_PCM/INT/BIG" => ("s", "be"),
                    _ => ("f", "le"),
                };
                codec = format!("pcm_{kind}{bits}{end}");
                None
            }
            id if id.starts_with("A_AAC") => {
                codec_string::aac(private).or_else(|| named("mp4a.40.2"))
            }
            _ => None,
        }
        .unwrap_or_default();
        let rate = codecs::hertz(self.sound.output_rate.unwrap_or(self.sound.rate));
        let details = TrackDetails::Audio(AudioDetails {
            channels: config
                .channels
                .unwrap_or_else(|| u16::try_from(self.sound.channels).unwrap_or(0)),
            sample_rate_hz: config.sample_rate_hz.unwrap_or(rate),
        });
        (codec, config.codec_string, details)
    }
}

/// Short names of codecs whose id says all.
fn plain_codec(codec_id: &str) -> String {
    let name = match codec_id {
        "V_MPEG1" => "mpeg1video",
        "V_MPEG2" => "mpeg2video",
        "V_MPEG4/ISO/SP" | "V_MPEG4/ISO/ASP" | "V_MPEG4/ISO/AP" => "mpeg4",
        "V_MPEG4/MS/V3" => "msmpeg4v3",
        "V_MPEGI/ISO/VVC" => "vvc",
        "V_THEORA" => "theora",
        "V_PRORES" => "prores",
        "V_FFV1" => "ffv1",
        "V_MJPEG" => "mjpeg",
        "V_DIRAC" => "dirac",
        "V_SNOW" => "snow",
        "V_UNCOMPRESSED" => "rawvideo",
        "V_REAL/RV10" => "rv10",
        "V_REAL/RV20" => "rv20",
        "V_REAL/RV30" => "rv30",
        "V_REAL/RV40" => "rv40",
        "A_AC3" | "A_AC3/BSID9" | "A_AC3/BSID10" => "ac3",
        "A_EAC3" => "eac3",
        "A_AC4" => "ac4",
        "A_OPUS" | "A_OPUS/EXPERIMENTAL" => "opus",
        "A_VORBIS" => "vorbis",
        "A_FLAC" => "flac",
        "A_ALAC" => "alac",
        "A_MPEG/L1" => "mp1",
        "A_MPEG/L2" => "mp2",
        "A_MPEG/L3" => "mp3",
        "A_DTS" | "A_DTS/EXPRESS" | "A_DTS/LOSSLESS" => "dts",
        "A_TRUEHD" => "truehd",
        "A_MLP" => "mlp",
        "A_TTA1" => "tta",
        "A_WAVPACK4" => "wavpack",
        "A_REAL/COOK" => "cook",
        "A_REAL/28_8" => "ra_288",
        id if id.starts_with("A_AAC") => "aac",
        id => return id.to_lowercase(),
    };
    name.to_owned()
}

fn subtitle_codec(codec_id: &str) -> String {
    let name = match codec_id {
        "S_TEXT/UTF8" | "S_TEXT/ASCII" => "subrip",
        "S_TEXT/ASS" | "S_TEXT/SSA" | "S_ASS" | "S_SSA" => "ass",
        "S_TEXT/WEBVTT" | "D_WEBVTT/SUBTITLES" | "D_WEBVTT/CAPTIONS" => "webvtt",
        "S_VOBSUB" => "dvd_subtitle",
        "S_HDMV/PGS" => "hdmv_pgs_subtitle",
        "S_HDMV/TEXTST" => "hdmv_text_subtitle",
        "S_DVBSUB" => "dvb_subtitle",
        "S_TEXT/USF" => "usf",
        "S_ARIBSUB" => "arib_caption",
        id => return id.to_lowercase(),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_counts_against_the_clock() {
        let cases = [
            (0.0, 0),
            (-90.0, 90),
            (90.0, 270),
            (180.0, 180),
            (-180.0, 180),
            (270.0, 90),
            (1e300, 0),
        ];
        for (roll, expected) in cases {
            assert_eq!(clockwise_degrees(roll), expected, "{roll}");
        }
        assert_eq!(clockwise_degrees(f64::NAN), 0);
    }
}
