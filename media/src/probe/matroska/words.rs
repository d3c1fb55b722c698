//! Chapters, tags and attachments. Chapters and tags may nest; only the outer ones are read, so
//! nothing here calls itself.

use super::ebml::Element;
use super::ids;
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Faults, Reader, text};
use crate::probe::info::{Chapter, Cover, Tags};
use crate::probe::{picture_type, tag_words};

/// The chapters of the first edition that has any.
pub(super) fn read_chapters(
    reader: &mut Reader<'_>,
    element: &Element,
    chapters: &mut Vec<Chapter>,
) -> Result<()> {
    let mut editions = element.children();
    while chapters.is_empty()
        && let Some(edition) = editions.next(reader)?
    {
        if edition.id != ids::EDITION_ENTRY {
            continue;
        }
        let mut atoms = edition.children();
        while chapters.len() < limits::PROBE_CHAPTERS_MAX
            && let Some(atom) = atoms.next(reader)?
        {
            if atom.id == ids::CHAPTER_ATOM
                && let Some(chapter) = read_chapter(reader, &atom)?
            {
                chapters.push(chapter);
            }
        }
    }
    Ok(())
}

/// One chapter; `None` if it is hidden.
fn read_chapter(reader: &mut Reader<'_>, atom: &Element) -> Result<Option<Chapter>> {
    let mut chapter = Chapter { start_ms: 0, end_ms: None, name: String::new() };
    let mut is_hidden = false;
    let mut children = atom.children();
    while let Some(child) = children.next(reader)? {
        match child.id {
            ids::CHAPTER_TIME_START => chapter.start_ms = child.uint(reader)? / 1_000_000,
            ids::CHAPTER_TIME_END => chapter.end_ms = Some(child.uint(reader)? / 1_000_000),
            ids::CHAPTER_FLAG_HIDDEN => is_hidden = child.uint(reader)? != 0,
            ids::CHAPTER_DISPLAY if chapter.name.is_empty() => {
                let mut display = child.children();
                while let Some(string) = display.next(reader)? {
                    if string.id == ids::CHAP_STRING {
                        chapter.name = string.text(reader)?.unwrap_or_default();
                    }
                }
            }
            _ => {}
        }
    }
    Ok((!is_hidden).then_some(chapter))
}

/// The tags of the whole file.
pub(super) fn read_tags(reader: &mut Reader<'_>, element: &Element, tags: &mut Tags) -> Result<()> {
    let mut children = element.children();
    while let Some(tag) = children.next(reader)? {
        if tag.id == ids::TAG {
            read_tag(reader, &tag, tags)?;
        }
    }
    Ok(())
}

fn read_tag(reader: &mut Reader<'_>, tag: &Element, tags: &mut Tags) -> Result<()> {
    // RFC 9559 §5.1.8.1.1.1: 70 is a collection (a series), 60 a season, 50 a film or episode.
    let mut level = 50;
    let mut children = tag.children();
    while let Some(child) = children.next(reader)? {
        match child.id {
            ids::TARGETS => {
                let mut targets = child.children();
                while let Some(target) = targets.next(reader)? {
                    match target.id {
                        ids::TARGET_TYPE_VALUE => level = target.uint(reader)?,
                        // A tag of one track (mkvmerge's statistics) tells nothing of the film.
                        ids::TAG_TRACK_UID if target.uint(reader)? != 0 => return Ok(()),
                        _ => {}
                    }
                }
            }
            ids::SIMPLE_TAG => read_simple_tag(reader, &child, level, tags)?,
            _ => {}
        }
    }
    Ok(())
}

fn read_simple_tag(
    reader: &mut Reader<'_>,
    simple: &Element,
    level: u64,
    tags: &mut Tags,
) -> Result<()> {
    let (mut name, mut value) = (None, None);
    let mut children = simple.children();
    while let Some(child) = children.next(reader)? {
        match child.id {
            ids::TAG_NAME => name = child.text(reader)?,
            ids::TAG_STRING => value = Some(child),
            _ => {}
        }
    }
    let (Some(name), Some(value)) = (name, value) else { return Ok(()) };
    let name = name.to_lowercase();
    let fact = match (name.as_str(), level) {
        ("title", 70) => "series",
        ("part_number", 60) => "season",
        ("part_number", 50) => "episode",
        ("title", 60) => return Ok(()),
        (name, _) => name,
    };
    tag_words::set(tags, fact, value.bytes(reader)?);
    Ok(())
}

/// Finds a picture among the attachments: one named cover, else the first.
pub(super) fn read_attachments(
    reader: &mut Reader<'_>,
    element: &Element,
    cover: &mut Option<Cover>,
    faults: &mut Faults,
) -> Result<()> {
    let mut children = element.children();
    let mut seen = 0;
    while seen < limits::PROBE_ATTACHMENTS_MAX
        && let Some(file) = children.next(reader)?
    {
        if file.id != ids::ATTACHED_FILE {
            continue;
        }
        seen += 1;
        let (mut is_cover, mut data) = (false, None);
        let mut fields = file.children();
        while let Some(field) = fields.next(reader)? {
            match field.id {
                ids::FILE_NAME => {
                    let name = text(field.bytes(reader)?, limits::PROBE_TEXT_BYTES_MAX);
                    let name = name.unwrap_or_default();
                    if name.contains(['/', '\\']) || name.starts_with("..") {
                        faults.add(format!("the attachment \"{name}\" has a path for a name"));
                    }
                    is_cover = name.to_lowercase().starts_with("cover");
                }
                ids::FILE_DATA => data = Some(field),
                _ => {}
            }
        }
        let Some(data) = data.filter(|_| is_cover || cover.is_none()) else { continue };
        if data.len_bytes() <= limits::PROBE_COVER_BYTES_MAX
            && let Some(media_type) = picture_type(reader.up_to(data.body, 12)?)
        {
            let (offset_bytes, len_bytes) = (data.body, data.len_bytes());
            *cover = Some(Cover { offset_bytes, len_bytes, media_type: media_type.to_owned() });
            if is_cover {
                break;
            }
        }
    }
    Ok(())
}
