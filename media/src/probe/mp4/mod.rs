//! MP4, MOV, M4V, M4A and 3GP: ISO/IEC 14496-12 and the QuickTime format that it grew from.
//!
//! The file's boxes are walked from the start; of the `moov` box, wherever it stands, only what
//! describes the tracks is read, and of the sample tables only their ends. Media data is never
//! read.

mod boxes;
mod fragments;
mod key_frames;
mod movie;
mod sample_entry;
mod samples;
mod tags;

pub(super) use key_frames::{key_frames, video_stream};

use self::boxes::{BoxHeader, Children};
use self::fragments::{Fragments, Reach};
use self::movie::Movie;
use super::bytes::{Faults, Reader, invalid, to_ms};
use super::info::{Chapter, Container, MediaInfo, ProbedBy, TrackDetails};
use crate::error::{Error, Kind, Result};
use crate::limits;

/// Describes an MP4 file.
pub(super) fn probe(reader: &mut Reader<'_>) -> Result<MediaInfo> {
    let mut faults = Faults::default();
    let mut walk = Walk::default();
    walk.file(reader, &mut faults)?;
    let Walk { movie, index_ms, reach, is_picture, has_fragments, .. } = walk;
    let Some(mut movie) = movie else {
        return Err(if is_picture {
            Error::new(Kind::Unsupported, "it is a still picture (HEIF or AVIF)")
        } else if has_fragments {
            invalid(
                "the moov box is missing: the file is a piece of a stream without its beginning",
            )
        } else {
            invalid(
                "the moov box is missing: the file is incomplete (a download or recording that did \
                 not finish?)",
            )
        });
    };
    if movie.tracks.is_empty() {
        let why = faults.0.first().map_or("the moov box has none", String::as_str);
        return Err(invalid(format!("no track can be described: {why}")));
    }
    let mut chapters = std::mem::take(&mut movie.user_data.chapters);
    if let Some(from_track) = faults.keep(read_chapter_track(reader, &movie)).flatten() {
        chapters = from_track;
    }
    // Names and pictures of chapters are no tracks to choose from.
    let named = chapter_tracks(&movie);
    for track in movie.tracks.iter_mut().filter(|track| named.contains(&track.id)) {
        track.track.details = TrackDetails::Other;
    }
    chapters.sort_by_key(|chapter| chapter.start_ms);
    for track in &movie.tracks {
        let checked = track.tables.check(reader, &mut faults);
        faults.keep(checked);
    }
    for track in &mut movie.tracks {
        if let TrackDetails::Video(video) = &mut track.track.details
            && video.frames_per_1000_s.is_none()
        {
            video.frames_per_1000_s = reach.frames_per_1000_s(track.id, track.timescale);
        }
    }
    let duration_ms = duration_ms(&mut movie, index_ms, &reach, &mut faults);
    Ok(MediaInfo {
        container: Container::Mp4,
        probed_by: ProbedBy::Spillway,
        duration_ms,
        tags: movie.user_data.tags,
        cover: movie.user_data.cover,
        chapters,
        tracks: movie.tracks.into_iter().map(|track| track.track).collect(),
        faults: faults.0,
    })
}

/// What the walk over the file's own boxes finds.
#[derive(Default)]
struct Walk {
    movie: Option<Movie>,
    /// Playing time by the `sidx` boxes before the first fragment.
    index_ms: Option<u64>,
    reach: Reach,
    fragments: u32,
    has_fragments: bool,
    is_picture: bool,
}

impl Walk {
    fn file(&mut self, reader: &mut Reader<'_>, faults: &mut Faults) -> Result<()> {
        let mut children = Children::of_file(reader);
        loop {
            let next = children.next_or_cut(reader);
            let child = match next {
                Ok(Some(child)) => child,
                Ok(None) => return Ok(()),
                Err(error) if self.movie.is_some() => {
                    faults.add(error);
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            self.note_cut(reader, &child, faults)?;
            match &child.kind {
                b"moov" if self.movie.is_none() => {
                    self.movie = Some(movie::read_movie(reader, &child, faults)?);
                }
                b"meta" => self.is_picture = true,
                b"sidx" if self.fragments == 0 => {
                    let ms = faults.keep(fragments::index_duration_ms(reader, &child)).flatten();
                    self.index_ms = self.index_ms.into_iter().chain(ms).max();
                }
                b"moof" => {
                    self.has_fragments = true;
                    let goes_on = self.fragment(reader, &child, faults);
                    if faults.keep(goes_on) != Some(true) {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }

    fn note_cut(&self, reader: &Reader<'_>, child: &BoxHeader, faults: &mut Faults) -> Result<()> {
        if !child.is_cut {
            return Ok(());
        }
        let sentence = format!(
            "{child} reaches beyond the end of the file at byte {}: the file is incomplete (a \
             download or copy that did not finish?)",
            reader.len_bytes()
        );
        if self.movie.is_none() && &child.kind == b"moov" {
            return Err(invalid(sentence));
        }
        faults.add(sentence);
        Ok(())
    }

    /// Reads a fragment as far as needed; false when the rest need not be walked.
    fn fragment(
        &mut self,
        reader: &mut Reader<'_>,
        moof: &BoxHeader,
        faults: &mut Faults,
    ) -> Result<bool> {
        let Some(movie) = &self.movie else { return Ok(false) };
        let is_first = self.fragments == 0;
        self.fragments += 1;
        let mut reach = std::mem::take(&mut self.reach);
        // Without tfdt a fragment goes on where the one before ended.
        let clocks =
            movie.tracks.iter().map(|track| (track.id, reach.end(track.id).unwrap_or(0))).collect();
        let read = Fragments::new(movie, clocks).read(reader, moof, |sample| reach.note(sample));
        self.reach = reach;
        read?;
        if movie.fragments_duration > 0 || self.index_ms.is_some_and(|ms| ms > 0) {
            return Ok(false);
        }
        if is_first {
            let ends = faults.keep(fragments::indexed_ends(reader)).unwrap_or_default();
            for moof in &ends {
                let clocks = movie.tracks.iter().map(|track| (track.id, 0)).collect();
                let reach = &mut self.reach;
                Fragments::new(movie, clocks).read(reader, moof, |sample| reach.note(sample))?;
            }
            return Ok(ends.is_empty());
        }
        Ok(self.fragments < limits::PROBE_FRAGMENTS_MAX)
    }
}

/// The playing time: what the movie says of itself, else what its index or fragments sum up to.
fn duration_ms(
    movie: &mut Movie,
    index_ms: Option<u64>,
    reach: &Reach,
    faults: &mut Faults,
) -> Option<u64> {
    let said = |units: u64| to_ms(units, movie.timescale).filter(|ms| *ms > 0);
    let mut all_ms = said(movie.fragments_duration).or_else(|| index_ms.filter(|ms| *ms > 0));
    if movie.has_fragments && all_ms.is_none() {
        let reached = movie.tracks.iter().filter_map(|t| reach.duration_ms(movie, t.id)).max();
        all_ms = reached.into_iter().chain(said(movie.duration)).max();
    }
    let all_ms = all_ms
        .or_else(|| said(movie.duration))
        .or_else(|| movie.tracks.iter().filter_map(|track| track.track.duration_ms).max());
    let is_likely = |ms: &u64| *ms <= limits::PROBE_DURATION_MS_MAX;
    for track in &mut movie.tracks {
        track.track.duration_ms = track.track.duration_ms.filter(is_likely);
    }
    if let Some(ms) = all_ms.filter(|ms| !is_likely(ms)) {
        faults.add(format!("it says that it plays for {} years", ms / 31_557_600_000));
    }
    all_ms.filter(is_likely)
}

/// QuickTime's chapters: the samples of a text track that another track names (`chap`).
fn read_chapter_track(reader: &mut Reader<'_>, movie: &Movie) -> Result<Option<Vec<Chapter>>> {
    let named = chapter_tracks(movie);
    let text_track = movie.tracks.iter().find(|track| {
        named.contains(&track.id) && matches!(track.track.details, TrackDetails::Subtitle(_))
    });
    let Some(track) = text_track else { return Ok(None) };
    let mut samples = track.tables.samples()?;
    let mut chapters = Vec::new();
    while chapters.len() < limits::PROBE_CHAPTERS_MAX
        && let Some(sample) = samples.next(reader)?
    {
        let len = usize::try_from(sample.len_bytes).unwrap_or(0);
        let len = len.min(limits::PROBE_TEXT_BYTES_MAX);
        let name = tags::chapter_name(reader.up_to(sample.offset_bytes, len)?);
        let end = sample.decode_time.saturating_add(sample.duration.into());
        if let Some(start_ms) = to_ms(sample.decode_time, track.timescale) {
            chapters.push(Chapter { start_ms, end_ms: to_ms(end, track.timescale), name });
        }
    }
    Ok(Some(chapters))
}

fn chapter_tracks(movie: &Movie) -> Vec<u32> {
    movie.tracks.iter().flat_map(|track| track.chapter_tracks.iter().copied()).collect()
}
