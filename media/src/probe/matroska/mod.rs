//! Matroska and WebM: RFC 9559 on top of RFC 8794.
//!
//! Read are the elements before the first cluster, and those behind the clusters that a SeekHead
//! names; each place is visited once, so that an index cannot send us in circles. Blocks are only
//! looked at where a recording was never closed and its last block must tell how long it plays.

mod blocks;
mod clusters;
mod ebml;
mod ids;
mod tracks;
mod words;

pub(crate) use self::blocks::Blocks;

use self::ebml::{Children, Element};
use self::tracks::Coding;
use super::bytes::{Faults, Reader, invalid};
use super::info::{Chapter, Container, Cover, KeyFrame, MediaInfo, ProbedBy, Tags, Track};
use super::video_stream::{VideoStream, Wrapping};
use crate::error::{Error, Kind, Result};
use crate::limits;

/// Compares a part with the checksum that it may begin with (RFC 8794 §11.3.1). Parts too long to
/// be held, such as attachments, are not checked.
fn check_crc(reader: &mut Reader<'_>, part: &Element) -> Result<()> {
    if part.is_cut || part.id == ids::CLUSTER || part.len_bytes() > limits::PROBE_LEAF_BYTES_MAX {
        return Ok(());
    }
    let bytes = part.bytes(reader)?;
    // Id, size 4 and the checksum, least significant byte first.
    let Some(([0xbf, 0x84, crc @ ..], rest)) = bytes.split_first_chunk::<6>() else {
        return Ok(());
    };
    if crc32(rest) == u32::from_le_bytes(*crc) {
        return Ok(());
    }
    Err(invalid(format!("{part} is damaged: its checksum does not match")))
}

/// CRC-32 of IEEE 802.3, for some kilobytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// Places that SeekHeads may name; a file has about eight.
const SEEKS_MAX: usize = 64;

/// Describes a Matroska or WebM file.
pub(super) fn probe(reader: &mut Reader<'_>) -> Result<MediaInfo> {
    let mut faults = Faults::default();
    let container = read_header(reader, &mut faults)?;
    let mut segment = Segment::find(reader, &mut faults)?;
    segment.read(reader, &mut faults);
    if segment.tracks.is_empty() {
        let why = faults.0.first().map_or("the file is incomplete", String::as_str);
        return Err(invalid(format!("no track can be described: {why}")));
    }
    let duration_ms = segment.duration_ms(reader, &mut faults);
    segment.chapters.sort_by_key(|chapter| chapter.start_ms);
    if segment.tags.title.is_none() {
        segment.tags.title = segment.title;
    }
    Ok(MediaInfo {
        container,
        probed_by: ProbedBy::Spillway,
        duration_ms,
        tracks: segment.tracks,
        chapters: segment.chapters,
        tags: segment.tags,
        cover: segment.cover,
        faults: faults.0,
    })
}

/// Lists the key frames of a track by the Cues; an empty list where there are none.
pub(super) fn key_frames(reader: &mut Reader<'_>, track_number: u64) -> Result<Vec<KeyFrame>> {
    let (segment, _) = find_track(reader, track_number)?;
    read_index(reader, &segment, track_number)
}

/// What decoding key frames of a track takes. Without Cues the clusters are walked for its key
/// frames.
pub(super) fn video_stream(reader: &mut Reader<'_>, track_number: u64) -> Result<VideoStream> {
    let (segment, track) = find_track(reader, track_number)?;
    let mut key_frames = read_index(reader, &segment, track_number)?;
    if key_frames.is_empty() {
        key_frames = blocks::walk(reader, &segment, track_number);
    }
    let mut codings = segment.codings.iter();
    let coding = codings.find(|(number, _)| *number == track_number);
    let coding = coding.map(|(_, coding)| coding.clone()).unwrap_or_default();
    let Coding { configuration, colour, has_colours_of_its_own, packing } = coding;
    Ok(VideoStream {
        codec: track.codec.clone(),
        is_encrypted: track.is_encrypted,
        configuration,
        colour,
        has_colours_of_its_own,
        has_several_configurations: false,
        key_frames,
        wrapping: Wrapping::Blocks(Blocks::new(&segment, track_number, packing)),
    })
}

fn find_track(reader: &mut Reader<'_>, track_number: u64) -> Result<(Segment, Track)> {
    let mut faults = Faults::default();
    read_header(reader, &mut faults)?;
    let mut segment = Segment::find(reader, &mut faults)?;
    segment.read(reader, &mut faults);
    let track = segment.tracks.iter().find(|track| track.number == track_number).cloned();
    let track = track
        .ok_or_else(|| Error::new(Kind::NotFound, format!("it has no track {track_number}")))?;
    Ok((segment, track))
}

fn read_index(
    reader: &mut Reader<'_>,
    segment: &Segment,
    track_number: u64,
) -> Result<Vec<KeyFrame>> {
    match segment.cues {
        Some(cues) => clusters::read_cues(reader, segment, &cues, track_number),
        None => Ok(Vec::new()),
    }
}

/// Reads the EBML header (RFC 8794 §11.2).
fn read_header(reader: &mut Reader<'_>, faults: &mut Faults) -> Result<Container> {
    let mut children = Children::between(0, reader.len_bytes());
    let header = children.next(reader)?.filter(|header| header.id == ids::EBML);
    let header = header.ok_or_else(|| invalid("the EBML header is missing"))?;
    let mut doc_type = None;
    let mut children = header.children();
    while let Some(child) = children.next(reader)? {
        match child.id {
            ids::DOC_TYPE => doc_type = child.text(reader)?,
            ids::EBML_MAX_ID_LENGTH if child.uint(reader)? > 4 => {
                return Err(invalid("its element ids are longer than Matroska's four bytes"));
            }
            ids::EBML_MAX_SIZE_LENGTH if child.uint(reader)? > 8 => {
                return Err(invalid("its element sizes are longer than eight bytes"));
            }
            _ => {}
        }
    }
    match doc_type.as_deref() {
        Some("webm") => Ok(Container::Webm),
        Some("matroska") => Ok(Container::Matroska),
        None => {
            faults.add("the EBML header does not say that it is Matroska");
            Ok(Container::Matroska)
        }
        Some(other) => {
            let text = format!("it is EBML of the type \"{other}\", not Matroska");
            Err(Error::new(Kind::Unsupported, text))
        }
    }
}

/// The segment: all of a file but its header.
pub(super) struct Segment {
    element: Element,
    /// Nanoseconds in one unit of time.
    timestamp_scale_ns: u64,
    /// In units, as written.
    duration: Option<f64>,
    title: Option<String>,
    tracks: Vec<Track>,
    /// Pictures' default durations in nanoseconds, by track number.
    default_durations_ns: Vec<(u64, u64)>,
    /// Of video tracks, by their number.
    codings: Vec<(u64, Coding)>,
    chapters: Vec<Chapter>,
    tags: Tags,
    cover: Option<Cover>,
    cues: Option<Element>,
    first_cluster: Option<Element>,
    /// Places that a SeekHead named, in order; each is visited once.
    places: Vec<u64>,
    /// Where the first cluster stands, or where reading from the start ended.
    head_end: u64,
}

impl Segment {
    fn find(reader: &mut Reader<'_>, faults: &mut Faults) -> Result<Self> {
        let mut children = Children::between(0, reader.len_bytes());
        children.next(reader)?;
        let element = loop {
            match children.next_or_cut(reader)? {
                Some(element) if element.id == ids::SEGMENT => break element,
                Some(element) if element.id == ids::EBML => {
                    faults.add(format!("{element} is a second header"));
                }
                Some(_) => {}
                None => return Err(invalid("the file ends behind its EBML header")),
            }
        };
        if element.is_cut {
            faults.add(format!(
                "{element} reaches beyond the end of the file at byte {}: the file is incomplete \
                 (a download or copy that did not finish?)",
                reader.len_bytes()
            ));
        }
        Ok(Self {
            element,
            timestamp_scale_ns: 1_000_000,
            duration: None,
            title: None,
            tracks: Vec::new(),
            default_durations_ns: Vec::new(),
            codings: Vec::new(),
            chapters: Vec::new(),
            tags: Tags::default(),
            cover: None,
            cues: None,
            first_cluster: None,
            places: Vec::new(),
            head_end: element.body,
        })
    }

    /// Reads what stands before the first cluster, then what the SeekHeads name.
    ///
    /// A file without a SeekHead may keep its words behind the clusters; they are not worth a walk
    /// over the whole file.
    fn read(&mut self, reader: &mut Reader<'_>, faults: &mut Faults) {
        let mut children = self.element.children();
        while let Some(child) = faults.keep(children.next_or_cut(reader)).flatten() {
            self.head_end = child.at;
            if child.id == ids::CLUSTER {
                self.first_cluster = Some(child);
                break;
            }
            self.read_part(reader, &child, faults);
            self.head_end = children.at();
        }
        // A SeekHead that is read here may add places; the list is bounded and none comes twice.
        let mut next = 0;
        while let Some(at) = self.places.get(next).copied() {
            next += 1;
            if at < self.head_end {
                continue;
            }
            let part = Children::between(at, self.element.end).next_or_cut(reader);
            if let Some(part) = faults.keep(part).flatten() {
                self.read_part(reader, &part, faults);
            }
        }
    }

    /// Reads one of the segment's parts; damage in it is a fault, and what was read before holds.
    fn read_part(&mut self, reader: &mut Reader<'_>, part: &Element, faults: &mut Faults) {
        if part.is_cut && !self.element.is_cut && part.id != ids::CLUSTER {
            faults.add(format!("{part} is larger than the segment that holds it"));
        }
        let checked = check_crc(reader, part);
        faults.keep(checked);
        let read = match part.id {
            ids::SEEK_HEAD => self.read_seek_head(reader, part),
            ids::INFO => self.read_info(reader, part, faults),
            ids::TRACKS if self.tracks.is_empty() => tracks::read(reader, part, self, faults),
            ids::CHAPTERS if self.chapters.is_empty() => {
                words::read_chapters(reader, part, &mut self.chapters)
            }
            ids::TAGS => words::read_tags(reader, part, &mut self.tags),
            ids::ATTACHMENTS if self.cover.is_none() => {
                words::read_attachments(reader, part, &mut self.cover, faults)
            }
            ids::CUES => {
                self.cues = Some(*part);
                Ok(())
            }
            _ => Ok(()),
        };
        faults.keep(read);
    }

    fn read_seek_head(&mut self, reader: &mut Reader<'_>, head: &Element) -> Result<()> {
        let mut seeks = head.children();
        while let Some(seek) = seeks.next(reader)? {
            if seek.id != ids::SEEK {
                continue;
            }
            let (mut id, mut position) = (0, None);
            let mut children = seek.children();
            while let Some(child) = children.next(reader)? {
                match child.id {
                    ids::SEEK_ID => id = child.uint(reader)?,
                    ids::SEEK_POSITION => position = Some(child.uint(reader)?),
                    _ => {}
                }
            }
            let is_wanted = u32::try_from(id).is_ok_and(|id| {
                matches!(
                    id,
                    ids::SEEK_HEAD
                        | ids::INFO
                        | ids::TRACKS
                        | ids::CHAPTERS
                        | ids::TAGS
                        | ids::ATTACHMENTS
                        | ids::CUES
                )
            });
            let at = position.and_then(|position| self.element.body.checked_add(position));
            if let Some(at) = at
                && is_wanted
                && at < self.element.end
                && self.places.len() < SEEKS_MAX
                && !self.places.contains(&at)
            {
                self.places.push(at);
            }
        }
        Ok(())
    }

    fn read_info(
        &mut self,
        reader: &mut Reader<'_>,
        info: &Element,
        faults: &mut Faults,
    ) -> Result<()> {
        let mut children = info.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::TIMESTAMP_SCALE => match child.uint(reader)? {
                    0 => faults.add(format!("{child} is 0: times would stand still")),
                    scale => self.timestamp_scale_ns = scale,
                },
                ids::DURATION => self.duration = Some(child.float(reader)?),
                ids::TITLE => {
                    let bytes = child.bytes(reader)?;
                    if std::str::from_utf8(bytes).is_err() {
                        faults.add(format!("{child} is not UTF-8"));
                    }
                    self.title = child.text(reader)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What the file says of its playing time, else what its last cluster tells.
    fn duration_ms(&self, reader: &mut Reader<'_>, faults: &mut Faults) -> Option<u64> {
        let said_ms = self.duration.map(|units| units * self.timestamp_scale_ns as f64 / 1e6);
        match said_ms {
            Some(ms) if ms > 0.0 && ms <= limits::PROBE_DURATION_MS_MAX as f64 => {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "it was just compared with both ends"
                )]
                return Some(ms.round() as u64);
            }
            Some(ms) if ms != 0.0 => {
                faults.add("the Duration element says an impossible playing time");
            }
            _ => {}
        }
        let last_ms = faults.keep(clusters::last_time_ms(reader, self)).flatten();
        last_ms.filter(|ms| *ms > 0 && *ms <= limits::PROBE_DURATION_MS_MAX)
    }
}
