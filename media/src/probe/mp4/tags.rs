//! Words, pictures and chapters that a movie carries about itself: `udta`, `meta`, `ilst`, `chpl`.

use super::boxes::BoxHeader;
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Faults, Fields, Reader, text};
use crate::probe::info::{Chapter, Cover, Tags};
use crate::probe::{picture_type, tag_words};

/// What the user data of a movie says.
#[derive(Debug, Default)]
pub(super) struct UserData {
    pub(super) tags: Tags,
    pub(super) cover: Option<Cover>,
    pub(super) chapters: Vec<Chapter>,
}

impl UserData {
    /// Reads a `udta` box of the movie.
    pub(super) fn read_udta(
        &mut self,
        reader: &mut Reader<'_>,
        udta: &BoxHeader,
        faults: &mut Faults,
    ) -> Result<()> {
        let mut children = udta.children(0);
        while let Some(child) = children.next(reader)? {
            match &child.kind {
                b"meta" => self.read_meta(reader, &child, faults)?,
                b"chpl" => self.chapters = read_nero_chapters(reader, &child)?,
                // QuickTime and 3GPP write words straight here.
                [0xa9, ..] | b"titl" | b"dscp" | b"perf" | b"gnre" | b"yrrc" => {
                    self.read_plain(reader, &child)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads a `meta` box: a list by four letters (iTunes) or by keys (QuickTime `mdta`).
    pub(super) fn read_meta(
        &mut self,
        reader: &mut Reader<'_>,
        meta: &BoxHeader,
        faults: &mut Faults,
    ) -> Result<()> {
        // QuickTime's meta is a plain box, ISO's a full one: a box name behind the first four
        // bytes tells.
        let is_plain = meta
            .fields(reader, |mut f| {
                f.skip(4)?;
                f.array::<4>()
            })
            .is_ok_and(|name| matches!(&name, b"hdlr" | b"keys" | b"ilst"));
        let mut keys = Vec::new();
        let mut children = meta.children(if is_plain { 0 } else { 4 });
        while let Some(child) = children.next(reader)? {
            match &child.kind {
                b"keys" => keys = read_keys(reader, &child)?,
                b"ilst" => self.read_list(reader, &child, &keys, faults)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_list(
        &mut self,
        reader: &mut Reader<'_>,
        ilst: &BoxHeader,
        keys: &[String],
        faults: &mut Faults,
    ) -> Result<()> {
        let mut items = ilst.children(0);
        while let Some(item) = items.next(reader)? {
            let index = u32::from_be_bytes(item.kind);
            let key = usize::try_from(index).ok().and_then(|i| keys.get(i.checked_sub(1)?));
            let name = match key {
                Some(key) => key.as_str(),
                None => match &item.kind {
                    b"\xa9nam" => "title",
                    b"tvsh" => "show",
                    b"tvsn" => "season_number",
                    b"tves" => "episode_sort",
                    b"\xa9day" => "date",
                    b"desc" => "description",
                    b"ldes" => "synopsis",
                    b"\xa9gen" => "genre",
                    b"\xa9ART" => "artist",
                    b"covr" => "cover",
                    _ => continue,
                },
            };
            let mut values = item.children(0);
            while let Some(value) = values.next_or_cut(reader)? {
                if &value.kind != b"data" {
                    continue;
                }
                if name == "cover" {
                    self.note_cover(reader, &value, faults)?;
                } else if value.is_cut {
                    faults.add(format!("{value} is larger than the tag that holds it"));
                } else {
                    self.read_value(reader, &value, name)?;
                }
            }
        }
        Ok(())
    }

    /// A `data` box: type, locale, then the value (QuickTime File Format, "Value atom").
    fn read_value(&mut self, reader: &mut Reader<'_>, value: &BoxHeader, name: &str) -> Result<()> {
        let tags = &mut self.tags;
        value.fields(reader, |mut fields| {
            let kind = fields.u32()?;
            fields.skip(4)?;
            if matches!(kind, 0 | 21 | 22) && matches!(name, "season_number" | "episode_sort") {
                let number = fields.0.iter().take(8).fold(0_u64, |n, b| n << 8 | u64::from(*b));
                tag_words::set(tags, name, number.to_string().as_bytes());
            } else if matches!(kind, 0 | 1) {
                tag_words::set(tags, name, fields.0);
            }
            Some(())
        })
    }

    fn note_cover(
        &mut self,
        reader: &mut Reader<'_>,
        value: &BoxHeader,
        faults: &mut Faults,
    ) -> Result<()> {
        let offset_bytes = value.body.saturating_add(8);
        let len_bytes = value.end.saturating_sub(offset_bytes);
        if value.is_cut || len_bytes > limits::PROBE_COVER_BYTES_MAX {
            faults.add("the cover is longer than the tag that holds it");
        } else if self.cover.is_none()
            && let Some(media_type) = picture_type(reader.up_to(offset_bytes, 12)?)
        {
            let media_type = media_type.to_owned();
            self.cover = Some(Cover { offset_bytes, len_bytes, media_type });
        }
        Ok(())
    }

    /// Text of QuickTime (length, language, bytes) and of 3GPP TS 26.244 §8 (version, language,
    /// bytes).
    fn read_plain(&mut self, reader: &mut Reader<'_>, item: &BoxHeader) -> Result<()> {
        let name = match &item.kind {
            b"\xa9nam" | b"titl" => "title",
            b"\xa9day" | b"yrrc" => "date",
            b"\xa9des" | b"dscp" => "description",
            b"\xa9gen" | b"gnre" => "genre",
            b"\xa9ART" | b"perf" => "artist",
            _ => return Ok(()),
        };
        let tags = &mut self.tags;
        item.fields(reader, |mut fields| {
            if item.kind[0] == 0xa9 {
                let len = fields.u16()?;
                fields.skip(2)?;
                tag_words::set(tags, name, fields.take(usize::from(len).min(fields.0.len()))?);
            } else if &item.kind == b"yrrc" {
                fields.skip(4)?;
                tag_words::set(tags, name, fields.u16()?.to_string().as_bytes());
            } else {
                fields.skip(6)?;
                tag_words::set(tags, name, fields.0);
            }
            Some(())
        })
        .or(Ok(()))
    }
}

/// The names of QuickTime's metadata keys, without Apple's reversed domain.
fn read_keys(reader: &mut Reader<'_>, keys: &BoxHeader) -> Result<Vec<String>> {
    /// More keys than any file has that people made.
    const KEYS_MAX: usize = 256;
    let mut names = Vec::new();
    let mut children = keys.children(8);
    while names.len() < KEYS_MAX
        && let Some(child) = children.next(reader)?
    {
        let name = child.fields(reader, |fields| {
            Some(text(fields.0, limits::PROBE_TEXT_BYTES_MAX).unwrap_or_default())
        })?;
        names.push(name.rsplit('.').next().unwrap_or_default().to_lowercase());
    }
    Ok(names)
}

/// Nero's `chpl`: a count, then start in 100 ns and a text of one length byte each.
fn read_nero_chapters(reader: &mut Reader<'_>, chpl: &BoxHeader) -> Result<Vec<Chapter>> {
    chpl.full_fields(reader, |version, _, mut fields| {
        fields.skip(if version == 0 { 0 } else { 4 })?;
        let count = usize::from(fields.u8()?).min(limits::PROBE_CHAPTERS_MAX);
        let mut chapters = Vec::new();
        for _ in 0..count {
            let (Some(start), Some(len)) = (fields.u64(), fields.u8()) else { break };
            let Some(name) = fields.take(usize::from(len).min(fields.0.len())) else { break };
            chapters.push(Chapter {
                start_ms: start / 10_000,
                end_ms: None,
                name: text(name, limits::PROBE_TEXT_BYTES_MAX).unwrap_or_default(),
            });
        }
        Some(chapters)
    })
}

/// The name in one sample of a QuickTime chapter track: a length, then text, UTF-16 if it begins
/// with a byte order mark.
pub(super) fn chapter_name(sample: &[u8]) -> String {
    let mut fields = Fields(sample);
    let len = fields.u16().unwrap_or(0);
    let bytes = fields.take(usize::from(len).min(fields.0.len())).unwrap_or_default();
    let name = match bytes {
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => {
            let (decoded, ..) = encoding_rs::UTF_8.decode(bytes);
            text(decoded.as_bytes(), limits::PROBE_TEXT_BYTES_MAX)
        }
        _ => text(bytes, limits::PROBE_TEXT_BYTES_MAX),
    };
    name.unwrap_or_default()
}

/// What a track's own `udta` says of it.
#[derive(Debug, Default)]
pub(super) struct TrackWords {
    pub(super) name: Option<String>,
    pub(super) is_forced: bool,
    pub(super) is_hearing_impaired: bool,
}

/// Reads the name of a track and its role (`kind`, ISO/IEC 14496-12 §8.10.4, in DASH's words).
pub(super) fn read_track_words(reader: &mut Reader<'_>, udta: &BoxHeader) -> Result<TrackWords> {
    let mut words = TrackWords::default();
    let mut children = udta.children(0);
    while let Some(child) = children.next(reader)? {
        let skip = match &child.kind {
            b"name" => 0,
            b"\xa9nam" | b"kind" => 4,
            _ => continue,
        };
        child.fields(reader, |mut fields| {
            fields.skip(skip)?;
            if &child.kind == b"kind" {
                let role = fields.0.split(|byte| *byte == 0).nth(1).unwrap_or_default();
                words.is_forced |= role == b"forced-subtitle";
                words.is_hearing_impaired |= role == b"caption";
            } else {
                words.name = text(fields.0, limits::PROBE_TEXT_BYTES_MAX);
            }
            Some(())
        })?;
    }
    Ok(words)
}
