//! Sample entries: what a track's samples are coded in (ISO/IEC 14496-12 §8.5.2, §12).

use super::boxes::BoxHeader;
use crate::error::Result;
use crate::probe::bytes::{Faults, Fields, Reader, invalid};
use crate::probe::codec_string::{self, AudioConfig, VideoConfig};
use crate::probe::codecs::{self, four_letters};
use crate::probe::colour::Colour;
use crate::probe::info::{AudioDetails, Hdr, SubtitleDetails, TrackDetails, VideoDetails};
use crate::probe::stream_headers::{self, InStream, Transfer};
use crate::probe::video_stream::is_dolby_vision_alone;

/// What the first sample entry of a track says.
#[derive(Debug, PartialEq)]
pub(super) struct Described {
    pub(super) codec: String,
    pub(super) codec_string: Option<String>,
    pub(super) is_encrypted: bool,
    pub(super) details: TrackDetails,
    pub(super) coding: Coding,
}

/// What decoding pictures takes beyond their description.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Coding {
    /// The configuration record, whole; empty where there is none.
    pub(super) configuration: Vec<u8>,
    pub(super) colour: Colour,
    pub(super) has_colours_of_its_own: bool,
    pub(super) has_several_entries: bool,
}

/// Reads the first entry of an `stsd` box. `handler` is the track's kind (`vide`, `soun` …).
pub(super) fn read(
    reader: &mut Reader<'_>,
    stsd: &BoxHeader,
    handler: [u8; 4],
    faults: &mut Faults,
) -> Result<Described> {
    let (version, count) =
        stsd.full_fields(reader, |version, _, mut fields| Some((version, fields.u32()?)))?;
    let room = stsd.body_len_bytes().saturating_sub(8) / 8;
    if u64::from(count) > room {
        faults.add(format!("{stsd} says {count} entries but has room for {room}"));
    }
    let entry = stsd
        .children(8)
        .next(reader)?
        .ok_or_else(|| invalid(format!("{stsd} does not say how the track is coded")))?;
    match &handler {
        b"vide" => {
            let mut described = read_video(reader, &entry, faults)?;
            described.coding.has_several_entries = count > 1;
            Ok(described)
        }
        b"soun" => read_audio(reader, &entry, version, faults),
        b"text" | b"sbtl" | b"subt" | b"clcp" | b"subp" => read_subtitle(reader, &entry, faults),
        _ => Ok(Described {
            codec: four_letters(entry.kind).trim().to_lowercase(),
            codec_string: None,
            is_encrypted: false,
            details: TrackDetails::Other,
            coding: Coding::default(),
        }),
    }
}

fn read_video(
    reader: &mut Reader<'_>,
    entry: &BoxHeader,
    faults: &mut Faults,
) -> Result<Described> {
    /// Fields of a `VisualSampleEntry` (§12.1.3.2).
    const FIELDS_BYTES: u64 = 78;
    let (width, height) = entry.fields(reader, |mut fields| {
        fields.skip(24)?;
        let size = (fields.u16()?, fields.u16()?);
        fields.skip(50)?;
        Some(size)
    })?;
    let mut sight = Sight { kind: entry.kind, pixel: (1, 1), ..Sight::default() };
    let mut children = entry.children(FIELDS_BYTES);
    while let Some(child) = faults.keep(children.next(reader)).flatten() {
        let read = sight.read_child(reader, entry, &child);
        faults.keep(read);
    }
    let kind = sight.kind;
    let mut config = std::mem::take(&mut sight.config);
    let is_encrypted = &entry.kind == b"encv";
    if is_encrypted && let Some(text) = &mut config.codec_string {
        *text = text.replacen(&four_letters(entry.kind), &codecs::base_sample_entry(kind), 1);
    }
    if let Some(fault) = codecs::size_fault(width.into(), height.into()) {
        faults.add(format!("{entry} {fault}"));
    } else {
        for fault in sight.in_stream.faults((width.into(), height.into())) {
            faults.add(format!("{entry}: {fault}"));
        }
    }
    let (width, height) = sight.aperture.unwrap_or((width.into(), height.into()));
    let (display_width, display_height) = codecs::shown_size(width, height, sight.pixel);
    let video = VideoDetails {
        width,
        height,
        display_width,
        display_height,
        bit_depth: config.bit_depth,
        hdr: sight.hdr(),
        ..VideoDetails::default()
    };
    Ok(Described {
        codec: sight
            .object_type
            .filter(|_| &kind == b"mp4v")
            .and_then(codecs::of_object_type)
            .map_or_else(|| codecs::of_sample_entry(kind), str::to_owned),
        codec_string: config.codec_string.or_else(|| codecs::plain_string(kind)),
        is_encrypted,
        details: TrackDetails::Video(video),
        coding: sight.coding,
    })
}

/// What the boxes inside a video sample entry say.
#[derive(Default)]
struct Sight {
    kind: [u8; 4],
    object_type: Option<u8>,
    config: VideoConfig,
    /// Shape of a pixel: across and down.
    pixel: (u32, u32),
    aperture: Option<(u32, u32)>,
    transfer: Option<Transfer>,
    in_stream: InStream,
    has_dolby_vision: bool,
    coding: Coding,
}

impl Sight {
    fn read_child(
        &mut self,
        reader: &mut Reader<'_>,
        entry: &BoxHeader,
        child: &BoxHeader,
    ) -> Result<()> {
        let name = || codecs::base_sample_entry(entry.kind);
        if matches!(&child.kind, b"avcC" | b"hvcC" | b"av1C") {
            self.coding.configuration = child.fields(reader, |f| Some(f.0.to_vec()))?;
        }
        match &child.kind {
            b"sinf" => self.kind = original_format(reader, child)?.unwrap_or(self.kind),
            b"avcC" => {
                (self.config, self.in_stream) = child.fields(reader, |f| {
                    Some((codec_string::avc(&name(), f.0)?, stream_headers::avc(f.0)))
                })?;
            }
            b"hvcC" => {
                (self.config, self.in_stream) = child.fields(reader, |f| {
                    Some((codec_string::hevc(&name(), f.0)?, stream_headers::hevc(f.0)))
                })?;
            }
            b"av1C" => {
                (self.config, self.in_stream) = child.fields(reader, |f| {
                    Some((codec_string::av1(f.0)?, stream_headers::av1(f.0)))
                })?;
            }
            b"vpcC" => {
                let coding = &mut self.coding;
                (self.config, self.transfer) = child.full_fields(reader, |_, _, f| {
                    let config = codec_string::vp(&name(), f.0)?;
                    f.0.clone_into(&mut coding.configuration);
                    // Profile, level, then depth, subsampling and range in one byte, and the
                    // three code points.
                    if let [_, _, depth, primaries, transfer, matrix, ..] = *f.0 {
                        let is_full_range = Some(depth & 1 == 1);
                        let [primaries, transfer, matrix] =
                            [primaries, transfer, matrix].map(u32::from);
                        let told = Colour::of(primaries, transfer, matrix, is_full_range);
                        coding.colour = coding.colour.or(told);
                    }
                    Some((config, f.0.get(4).and_then(|t| Transfer::of((*t).into()))))
                })?;
            }
            b"esds" => self.read_elementary_stream(reader, child)?,
            b"pasp" => self.pixel = child.fields(reader, |mut f| Some((f.u32()?, f.u32()?)))?,
            b"clap" => self.aperture = Some(child.fields(reader, clean_aperture)?),
            b"colr" => {
                // §12.1.5; QuickTime's nclc has no range.
                let (kind, primaries, transfer, rest) = child.fields(reader, |mut f| {
                    Some((f.array::<4>()?, f.u16()?, f.u16()?, f.0.to_vec()))
                })?;
                if matches!(&kind, b"nclx" | b"nclc") {
                    self.transfer = Transfer::of(transfer.into());
                    let mut rest = Fields(&rest);
                    let matrix = rest.u16().unwrap_or(2);
                    let range = rest.u8().filter(|_| &kind == b"nclx").map(|byte| byte >> 7 == 1);
                    let told = Colour::of(primaries.into(), transfer.into(), matrix.into(), range);
                    self.coding.colour = told.or(self.coding.colour);
                }
            }
            b"dvcC" | b"dvvC" | b"dvwC" => {
                self.has_dolby_vision = true;
                self.coding.has_colours_of_its_own |=
                    child.fields(reader, |f| Some(is_dolby_vision_alone(f.0)))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn read_elementary_stream(&mut self, reader: &mut Reader<'_>, esds: &BoxHeader) -> Result<()> {
        let (object_type, profile) = esds.full_fields(reader, |_, _, f| {
            let stream = codec_string::elementary_stream(f.0)?;
            Some((stream.object_type, mpeg4_profile(stream.specific)))
        })?;
        let profile = profile.filter(|_| object_type == 0x20).map(|profile| format!(".{profile}"));
        let text = format!("mp4v.{object_type:02X}{}", profile.unwrap_or_default());
        self.object_type = Some(object_type);
        self.config.codec_string = Some(text);
        Ok(())
    }

    /// What the pictures themselves say counts more than the wrapping, which is often left at SDR.
    fn hdr(&self) -> Option<Hdr> {
        let is_dolby_vision = matches!(&self.kind, b"dvh1" | b"dvhe" | b"dav1" | b"dva1" | b"dvav");
        if self.has_dolby_vision || is_dolby_vision {
            return Some(Hdr::DolbyVision);
        }
        let in_stream = self.in_stream.transfer.filter(|transfer| *transfer != Transfer::Sdr);
        in_stream.or(self.transfer)?.hdr()
    }
}

/// Width and height of a `clap` box (§12.1.4), rounded; `None` for what is no size.
fn clean_aperture(mut fields: Fields<'_>) -> Option<(u32, u32)> {
    let width = fields.u32()?.checked_div(fields.u32()?)?;
    let height = fields.u32()?.checked_div(fields.u32()?)?;
    (width > 0 && height > 0).then_some((width, height))
}

/// The profile and level of MPEG-4 part 2, behind its first start code (ISO/IEC 14496-2 §6.2.2).
fn mpeg4_profile(specific: &[u8]) -> Option<u8> {
    match specific {
        [0, 0, 1, 0xb0, profile, ..] => Some(*profile),
        _ => None,
    }
}

/// The format before encryption: `frma` inside `sinf` (§8.12.2).
fn original_format(reader: &mut Reader<'_>, sinf: &BoxHeader) -> Result<Option<[u8; 4]>> {
    match sinf.child(reader, *b"frma")? {
        Some(frma) => frma.fields(reader, |mut fields| fields.array()).map(Some),
        None => Ok(None),
    }
}

fn read_audio(
    reader: &mut Reader<'_>,
    entry: &BoxHeader,
    stsd_version: u8,
    faults: &mut Faults,
) -> Result<Described> {
    let fixed = entry.fields(reader, |fields| audio_fields(fields, stsd_version))?;
    let mut sound = Sound { kind: entry.kind, ..Sound::default() };
    let mut children = entry.children(fixed.len_bytes);
    while let Some(child) = faults.keep(children.next(reader)).flatten() {
        // QuickTime wraps the boxes once more.
        if &child.kind == b"wave" {
            let mut inner = child.children(0);
            while let Some(child) = faults.keep(inner.next(reader)).flatten() {
                let read = sound.read_child(reader, &child);
                faults.keep(read);
            }
        } else {
            let read = sound.read_child(reader, &child);
            faults.keep(read);
        }
    }
    let kind = sound.kind;
    let codec = sound
        .object_type
        .filter(|_| &kind == b"mp4a")
        .and_then(codecs::of_object_type)
        .map(str::to_owned)
        .or_else(|| codecs::pcm(kind, fixed.bits, sound.is_little_endian, fixed.lpcm_flags))
        .unwrap_or_else(|| codecs::of_sample_entry(kind));
    let audio = AudioDetails {
        channels: sound.config.channels.unwrap_or(fixed.channels),
        sample_rate_hz: sound.config.sample_rate_hz.unwrap_or(fixed.sample_rate_hz),
    };
    Ok(Described {
        codec,
        codec_string: sound.config.codec_string.or_else(|| codecs::plain_string(kind)),
        is_encrypted: &entry.kind == b"enca",
        details: TrackDetails::Audio(audio),
        coding: Coding::default(),
    })
}

/// The fields of an `AudioSampleEntry`, or of QuickTime's longer ones.
struct AudioFields {
    channels: u16,
    bits: u32,
    sample_rate_hz: u32,
    lpcm_flags: u32,
    len_bytes: u64,
}

fn audio_fields(mut fields: Fields<'_>, stsd_version: u8) -> Option<AudioFields> {
    fields.skip(8)?;
    // Versions 1 and 2 are QuickTime's; ISO's own version 1 has a new stsd and the old fields.
    let version = if stsd_version == 0 { fields.u16()? } else { fields.u16().map(|_| 0)? };
    fields.skip(6)?;
    let channels = fields.u16()?;
    let bits = u32::from(fields.u16()?);
    fields.skip(4)?;
    let sample_rate_hz = fields.u32()? >> 16;
    match version {
        1 => {
            fields.skip(16)?;
            Some(AudioFields { channels, bits, sample_rate_hz, lpcm_flags: 0, len_bytes: 44 })
        }
        2 => {
            fields.skip(4)?;
            let rate = f64::from_bits(fields.u64()?);
            let channels = fields.u32()?;
            fields.skip(4)?;
            let bits = fields.u32()?;
            let lpcm_flags = fields.u32()?;
            Some(AudioFields {
                channels: u16::try_from(channels).unwrap_or(0),
                bits,
                sample_rate_hz: codecs::hertz(rate),
                lpcm_flags,
                len_bytes: 64,
            })
        }
        _ => Some(AudioFields { channels, bits, sample_rate_hz, lpcm_flags: 0, len_bytes: 28 }),
    }
}

/// What the boxes inside an audio sample entry say.
#[derive(Default)]
struct Sound {
    kind: [u8; 4],
    object_type: Option<u8>,
    is_little_endian: bool,
    config: AudioConfig,
}

impl Sound {
    fn read_child(&mut self, reader: &mut Reader<'_>, child: &BoxHeader) -> Result<()> {
        match &child.kind {
            b"sinf" => self.kind = original_format(reader, child)?.unwrap_or(self.kind),
            b"esds" => {
                (self.object_type, self.config) = child.full_fields(reader, |_, _, f| {
                    let stream = codec_string::elementary_stream(f.0)?;
                    let oti = stream.object_type;
                    let mut config = AudioConfig::default();
                    if matches!(oti, 0x40 | 0x66..=0x68) {
                        config = codec_string::aac(stream.specific).unwrap_or_default();
                    }
                    config.codec_string.get_or_insert_with(|| format!("mp4a.{oti:02X}"));
                    Some((Some(oti), config))
                })?;
            }
            b"dac3" => self.config = child.fields(reader, |f| codec_string::ac3(f.0))?,
            b"dec3" => self.config = child.fields(reader, |f| codec_string::eac3(f.0))?,
            // Opus in ISOBMFF §4.3.2: version, channels; it always plays at 48 kHz.
            b"dOps" => {
                self.config = child.fields(reader, |mut f| {
                    f.skip(1)?;
                    Some(AudioConfig {
                        codec_string: Some("opus".to_owned()),
                        channels: f.u8().map(u16::from),
                        sample_rate_hz: Some(48_000),
                    })
                })?;
            }
            b"dmlp" => self.config = child.fields(reader, |f| codec_string::truehd(f.0))?,
            b"damr" => self.config = codec_string::amr(self.kind),
            // FLAC in ISOBMFF §3.3.2: a block header of four bytes, then STREAMINFO.
            b"dfLa" => {
                self.config = child.full_fields(reader, |_, _, mut f| {
                    f.skip(4)?;
                    codec_string::flac(f.0)
                })?;
            }
            // The magic cookie of ALAC: channels at 9, the rate at 20.
            b"alac" => {
                if let Ok((channels, rate)) = child.full_fields(reader, |_, _, mut f| {
                    f.skip(9)?;
                    let channels = f.u8()?;
                    f.skip(10)?;
                    Some((channels, f.u32()?))
                }) {
                    self.config.channels = Some(channels.into());
                    self.config.sample_rate_hz = Some(rate);
                }
            }
            // QuickTime's enda and ISO/IEC 23003-5's pcmC: little-endian samples.
            b"enda" => {
                self.is_little_endian = child.fields(reader, |mut f| f.u16())? & 0xff != 0;
            }
            b"pcmC" => {
                self.is_little_endian = child.full_fields(reader, |_, _, mut f| f.u8())? & 1 != 0;
            }
            _ => {}
        }
        Ok(())
    }
}

fn read_subtitle(
    reader: &mut Reader<'_>,
    entry: &BoxHeader,
    faults: &mut Faults,
) -> Result<Described> {
    let mut codec = codecs::of_sample_entry(entry.kind);
    // VobSub pictures come as MPEG-4 systems streams: 8 bytes of fields, then esds.
    if &entry.kind == b"mp4s" {
        let mut children = entry.children(8);
        while let Some(child) = faults.keep(children.next(reader)).flatten() {
            if &child.kind == b"esds" {
                let object_type = child.full_fields(reader, |_, _, f| {
                    codec_string::elementary_stream(f.0).map(|stream| stream.object_type)
                })?;
                codec = codecs::of_object_type(object_type).map_or(codec, str::to_owned);
            }
        }
    }
    Ok(Described {
        codec,
        codec_string: codecs::plain_string(entry.kind),
        is_encrypted: &entry.kind == b"enct",
        details: TrackDetails::Subtitle(SubtitleDetails::default()),
        coding: Coding::default(),
    })
}
