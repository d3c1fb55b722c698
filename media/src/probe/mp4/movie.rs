//! The `moov` box: the movie and its tracks (ISO/IEC 14496-12 §8.2, §8.3).

use super::boxes::BoxHeader;
use super::fragments::TrackDefaults;
use super::sample_entry::{self, Coding, Described};
use super::samples::SampleTables;
use super::tags::{self, TrackWords, UserData};
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Faults, Fields, Reader, invalid, to_ms};
use crate::probe::info::{Track, TrackDetails};
use crate::probe::language;

/// A movie, as its headers tell.
#[derive(Debug, Default)]
pub(super) struct Movie {
    /// Units of a second in which the movie's durations count.
    pub(super) timescale: u64,
    /// Playing time in those units; 0 where unknown, as in fragmented files.
    pub(super) duration: u64,
    pub(super) tracks: Vec<MovieTrack>,
    pub(super) user_data: UserData,
    /// The movie goes on in fragments.
    pub(super) has_fragments: bool,
    /// Playing time with all fragments, in units of the movie.
    pub(super) fragments_duration: u64,
    pub(super) defaults: Vec<TrackDefaults>,
}

/// A track and what is needed to find its samples.
#[derive(Debug)]
pub(super) struct MovieTrack {
    pub(super) track: Track,
    pub(super) id: u32,
    pub(super) timescale: u64,
    pub(super) tables: SampleTables,
    pub(super) edit: Edit,
    pub(super) coding: Coding,
    /// Tracks that hold this one's chapters.
    pub(super) chapter_tracks: Vec<u32>,
}

/// How the track's own time becomes the movie's (`elst`, §8.6.6): the first edit that shows
/// something, and the empty ones before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edit {
    /// Where in the track showing begins, in its units.
    pub(super) media_time: u64,
    /// How long nothing is shown before, in units of the movie.
    pub(super) delay: u64,
    /// All edits together, in units of the movie; 0 where there are none.
    pub(super) duration: u64,
}

/// What `tkhd` says.
struct TrackHeader {
    id: u32,
    is_enabled: bool,
    duration: Option<u64>,
    rotation_degrees: u16,
}

/// Reads a `moov` box. A track that cannot be read becomes a fault.
pub(super) fn read_movie(
    reader: &mut Reader<'_>,
    moov: &BoxHeader,
    faults: &mut Faults,
) -> Result<Movie> {
    let mut movie = Movie::default();
    let mut traks = Vec::new();
    let mut unread = 0_u32;
    let mut children = moov.children(0);
    while let Some(child) = faults.keep(children.next(reader)).flatten() {
        match &child.kind {
            b"mvhd" => {
                if let Some((timescale, duration)) = faults.keep(read_times(reader, &child)) {
                    (movie.timescale, movie.duration) = (timescale, duration.unwrap_or(0));
                }
                if movie.timescale == 0 {
                    faults.add(format!("{child} says that a second has no units (timescale 0)"));
                }
            }
            b"trak" if traks.len() < limits::PROBE_TRACKS_MAX => traks.push(child),
            b"trak" => unread += 1,
            b"mvex" => {
                movie.has_fragments = true;
                let read = read_extends(reader, &child, &mut movie);
                faults.keep(read);
            }
            b"udta" => {
                let read = movie.user_data.read_udta(reader, &child, faults);
                faults.keep(read);
            }
            b"meta" => {
                let read = movie.user_data.read_meta(reader, &child, faults);
                faults.keep(read);
            }
            b"cmov" => {
                return Err(invalid(format!("{child} is compressed, which nothing writes today")));
            }
            _ => {}
        }
    }
    if unread > 0 {
        faults.add(format!(
            "it has {} tracks; the first {} are described",
            traks.len() as u64 + u64::from(unread),
            limits::PROBE_TRACKS_MAX
        ));
    }
    for trak in traks {
        let track = read_track(reader, &trak, &movie, faults);
        if let Some(track) = faults.keep(track) {
            if movie.tracks.iter().any(|known| known.id == track.id) {
                faults.add(format!("{trak} has the number {} of another track", track.id));
            } else {
                movie.tracks.push(track);
            }
        }
    }
    Ok(movie)
}

/// Timescale and duration of `mvhd` or `mdhd`, whose times stand before them.
fn read_times(reader: &mut Reader<'_>, header: &BoxHeader) -> Result<(u64, Option<u64>)> {
    header.full_fields(reader, |version, _, mut fields| {
        let is_wide = version == 1;
        fields.skip(if is_wide { 16 } else { 8 })?;
        let timescale = fields.u32()?;
        Some((timescale.into(), duration(fields.u32_or_u64(is_wide)?, is_wide)))
    })
}

/// All ones stand for "unknown" (§8.2.2.3).
fn duration(value: u64, is_wide: bool) -> Option<u64> {
    let unknown = if is_wide { u64::MAX } else { u32::MAX.into() };
    (value != unknown).then_some(value)
}

fn read_extends(reader: &mut Reader<'_>, mvex: &BoxHeader, movie: &mut Movie) -> Result<()> {
    let mut children = mvex.children(0);
    while let Some(child) = children.next(reader)? {
        match &child.kind {
            b"mehd" => {
                movie.fragments_duration = child
                    .full_fields(reader, |version, _, mut fields| {
                        fields.u32_or_u64(version == 1)
                    })?;
            }
            b"trex" if movie.defaults.len() < limits::PROBE_TRACKS_MAX => {
                movie.defaults.push(child.full_fields(reader, |_, _, mut fields| {
                    let track = fields.u32()?;
                    fields.skip(4)?;
                    Some(TrackDefaults {
                        track,
                        duration: fields.u32()?,
                        len_bytes: fields.u32()?,
                        flags: fields.u32()?,
                    })
                })?);
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_track(
    reader: &mut Reader<'_>,
    element: &BoxHeader,
    movie: &Movie,
    faults: &mut Faults,
) -> Result<MovieTrack> {
    let mut header = None;
    let mut edit = Edit::default();
    let mut chapter_tracks = Vec::new();
    let mut media = None;
    let mut words = TrackWords::default();
    let mut children = element.children(0);
    while let Some(child) = children.next(reader)? {
        match &child.kind {
            b"tkhd" => header = Some(read_track_header(reader, &child)?),
            b"edts" => {
                if let Some(elst) = faults.keep(child.child(reader, *b"elst")).flatten() {
                    edit = faults.keep(read_edit(reader, &elst)).unwrap_or_default();
                }
            }
            b"tref" => {
                if let Some(chap) = faults.keep(child.child(reader, *b"chap")).flatten() {
                    chapter_tracks = chap.fields(reader, |mut fields| {
                        Some(std::iter::from_fn(|| fields.u32()).take(8).collect())
                    })?;
                }
            }
            b"mdia" => media = Some(read_media(reader, &child, faults)?),
            b"udta" => {
                words = faults.keep(tags::read_track_words(reader, &child)).unwrap_or_default();
            }
            _ => {}
        }
    }
    let header = header.ok_or_else(|| invalid(format!("{element} has no tkhd box")))?;
    let media = media.ok_or_else(|| invalid(format!("{element} has no mdia box")))?;
    let Described { codec, codec_string, is_encrypted, mut details, coding } = media.described;
    if let TrackDetails::Video(video) = &mut details {
        video.rotation_degrees = header.rotation_degrees;
        if matches!(header.rotation_degrees, 90 | 270) {
            (video.display_width, video.display_height) =
                (video.display_height, video.display_width);
        }
        video.frames_per_1000_s = media.frames_per_1000_s;
    }
    if let TrackDetails::Subtitle(subtitle) = &mut details {
        subtitle.is_hearing_impaired = words.is_hearing_impaired;
    }
    let in_movie = Some(edit.duration).filter(|duration| *duration > 0).or(header.duration);
    let duration_ms = in_movie
        .filter(|duration| *duration > 0)
        .and_then(|duration| to_ms(duration, movie.timescale))
        .or_else(|| media.duration.and_then(|duration| to_ms(duration, media.timescale)));
    let track = Track {
        number: header.id.into(),
        codec,
        codec_string,
        language: media.language,
        name: words.name,
        duration_ms: duration_ms.filter(|ms| *ms > 0),
        is_default: header.is_enabled,
        is_forced: words.is_forced,
        is_encrypted,
        details,
    };
    Ok(MovieTrack {
        track,
        id: header.id,
        timescale: media.timescale,
        tables: media.tables,
        edit,
        coding,
        chapter_tracks,
    })
}

fn read_track_header(reader: &mut Reader<'_>, tkhd: &BoxHeader) -> Result<TrackHeader> {
    tkhd.full_fields(reader, |version, flags, mut fields| {
        let is_wide = version == 1;
        fields.skip(if is_wide { 16 } else { 8 })?;
        let id = fields.u32()?;
        fields.skip(4)?;
        let duration = duration(fields.u32_or_u64(is_wide)?, is_wide);
        fields.skip(16)?;
        let rotation_degrees = rotation_degrees(&mut fields)?;
        Some(TrackHeader { id, is_enabled: flags & 1 != 0, duration, rotation_degrees })
    })
}

/// The clockwise turn in a transformation matrix (§8.3.2.3, a, b, u, c, d, v …), to the nearest
/// right angle. A mirror image is taken back first: mirrored is not upside down.
fn rotation_degrees(fields: &mut Fields<'_>) -> Option<u16> {
    let (a, b) = (i64::from(fields.i32()?), i64::from(fields.i32()?));
    fields.skip(4)?;
    let (c, d) = (i64::from(fields.i32()?), i64::from(fields.i32()?));
    let is_mirrored = i128::from(a) * i128::from(d) < i128::from(b) * i128::from(c);
    let (a, b) = if is_mirrored { (-a, -b) } else { (a, b) };
    Some(match (a.abs() >= b.abs(), a < 0, b < 0) {
        (true, false, _) => 0,
        (true, true, _) => 180,
        (false, _, false) => 90,
        (false, _, true) => 270,
    })
}

fn read_edit(reader: &mut Reader<'_>, elst: &BoxHeader) -> Result<Edit> {
    elst.full_fields(reader, |version, _, mut fields| {
        let is_wide = version == 1;
        let count = fields.u32()?;
        let mut edit = Edit::default();
        let mut has_begun = false;
        for _ in 0..count {
            let Some(duration) = fields.u32_or_u64(is_wide) else { break };
            let Some(time) = fields.u32_or_u64(is_wide) else { break };
            let empty = if is_wide { u64::MAX } else { u32::MAX.into() };
            fields.skip(4)?;
            edit.duration = edit.duration.saturating_add(duration);
            if time == empty && !has_begun {
                edit.delay = edit.delay.saturating_add(duration);
            } else if !has_begun {
                edit.media_time = time;
                has_begun = true;
            }
        }
        Some(edit)
    })
}

/// What `mdia` says.
struct Media {
    timescale: u64,
    duration: Option<u64>,
    language: Option<String>,
    described: Described,
    tables: SampleTables,
    frames_per_1000_s: Option<u32>,
}

fn read_media(reader: &mut Reader<'_>, mdia: &BoxHeader, faults: &mut Faults) -> Result<Media> {
    let (mut timescale, mut duration) = (0, None);
    let (mut language, mut extended_language) = (None, None);
    let mut handler = *b"    ";
    let mut stbl = None;
    let mut children = mdia.children(0);
    while let Some(child) = children.next(reader)? {
        match &child.kind {
            b"mdhd" => {
                (timescale, duration) = read_times(reader, &child)?;
                if timescale == 0 {
                    faults.add(format!("{child} says that a second has no units (timescale 0)"));
                }
                language = child.full_fields(reader, |version, _, mut fields| {
                    fields.skip(if version == 1 { 28 } else { 16 })?;
                    Some(language::packed_tag(fields.u16()?))
                })?;
            }
            b"elng" => {
                extended_language = child.full_fields(reader, |_, _, fields| {
                    Some(std::str::from_utf8(fields.0).ok().and_then(language::shortest_tag))
                })?;
            }
            b"hdlr" => {
                handler = child.full_fields(reader, |_, _, mut fields| {
                    fields.skip(4)?;
                    fields.array()
                })?;
            }
            b"minf" => stbl = child.child(reader, *b"stbl")?,
            _ => {}
        }
    }
    let stbl = stbl.ok_or_else(|| invalid(format!("{mdia} has no sample table (stbl)")))?;
    let mut described = None;
    let mut tables = SampleTables::default();
    let mut children = stbl.children(0);
    while let Some(child) = faults.keep(children.next(reader)).flatten() {
        if &child.kind == b"stsd" {
            described = Some(sample_entry::read(reader, &child, handler, faults)?);
        } else {
            let noted = tables.note(reader, &child, faults);
            faults.keep(noted);
        }
    }
    let described = described.ok_or_else(|| {
        invalid(format!("{stbl} has no sample description (stsd): nothing says how it is coded"))
    })?;
    let frames_per_1000_s = match &described.details {
        TrackDetails::Video(_) => {
            faults.keep(frames_per_1000_s(reader, &tables, timescale)).flatten()
        }
        _ => None,
    };
    Ok(Media {
        timescale,
        duration,
        language: extended_language.or(language),
        described,
        tables,
        frames_per_1000_s,
    })
}

/// The frame rate, where all pictures last equally long, but for rounding and the last one.
fn frames_per_1000_s(
    reader: &mut Reader<'_>,
    tables: &SampleTables,
    timescale: u64,
) -> Result<Option<u32>> {
    let Some(stts) = tables.stts else { return Ok(None) };
    if stts.entries > limits::PROBE_FRAME_RATE_ENTRIES_MAX {
        return Ok(None);
    }
    let mut cursor = stts.cursor();
    let (mut pictures, mut time) = (0_u64, 0_u64);
    let (mut shortest, mut longest) = (u64::MAX, 0);
    let mut index = 0;
    while let Some(mut entry) = cursor.next(reader)? {
        let (Some(count), Some(delta)) = (entry.u32(), entry.u32()) else { break };
        let (count, delta) = (u64::from(count), u64::from(delta));
        index += 1;
        if index == stts.entries && count == 1 && pictures > 0 {
            break;
        }
        pictures = pictures.saturating_add(count);
        time = time.saturating_add(count.saturating_mul(delta));
        (shortest, longest) = (shortest.min(delta), longest.max(delta));
    }
    // Timescales of 1000 cannot say 1/24 second: the pictures are one unit longer or shorter.
    let is_constant = pictures > 0 && time > 0 && longest.saturating_sub(shortest) <= 1;
    let rate = u128::from(pictures) * u128::from(timescale) * 1000;
    let rate = (rate + u128::from(time) / 2).checked_div(u128::from(time));
    Ok(rate.filter(|rate| is_constant && *rate > 0).and_then(|rate| u32::try_from(rate).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_turns_by_right_angles_and_mirrors_do_not_count() {
        let cases = [
            ([1, 0, 0, 1], 0),
            ([0, 1, -1, 0], 90),
            ([-1, 0, 0, -1], 180),
            ([0, -1, 1, 0], 270),
            ([-1, 0, 0, 1], 0),
            ([1, 0, 0, -1], 180),
            ([0, 0, 0, 0], 0),
            ([i32::MIN >> 16, 0, 0, i32::MIN >> 16], 180),
        ];
        for ([a, b, c, d], expected) in cases {
            let bytes: Vec<u8> = [a << 16, b << 16, 0, c << 16, d << 16]
                .iter()
                .flat_map(|value| value.to_be_bytes())
                .collect();
            assert_eq!(rotation_degrees(&mut Fields(&bytes)), Some(expected), "{a} {b} {c} {d}");
        }
    }
}
