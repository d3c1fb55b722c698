//! Where the key frames of a track stand, from the sample tables or the fragments.

use super::boxes::{BoxHeader, Children};
use super::fragments::Fragments;
use super::movie::{self, Movie, MovieTrack};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::bytes::{Faults, Reader, invalid, to_ms};
use crate::probe::info::KeyFrame;
use crate::probe::video_stream::{VideoStream, Wrapping};

/// Lists the key frames of a track in the order of the file.
pub(in crate::probe) fn key_frames(
    reader: &mut Reader<'_>,
    track_number: u64,
) -> Result<Vec<KeyFrame>> {
    video_stream(reader, track_number).map(|stream| stream.key_frames)
}

/// What decoding key frames of a track takes.
pub(in crate::probe) fn video_stream(
    reader: &mut Reader<'_>,
    track_number: u64,
) -> Result<VideoStream> {
    // What is wrong with the file was told when it was probed.
    let mut faults = Faults::default();
    let moov = find_moov(reader)?;
    let movie = movie::read_movie(reader, &moov, &mut faults)?;
    let track = movie
        .tracks
        .iter()
        .find(|track| u64::from(track.id) == track_number)
        .ok_or_else(|| Error::new(Kind::NotFound, format!("it has no track {track_number}")))?;
    let mut frames = Vec::new();
    if track.tables.sizes.is_some_and(|sizes| sizes.samples() > 0) {
        from_tables(reader, &movie, track, &mut frames)?;
    }
    if movie.has_fragments {
        from_fragments(reader, &moov, &movie, track, &mut frames)?;
    }
    let media = media_data(reader);
    frames.retain(|frame| {
        let len = frame.len_bytes.unwrap_or(0);
        let end = frame.offset_bytes.checked_add(len);
        let before = media.partition_point(|(start, _)| *start <= frame.offset_bytes);
        let holds = |index: usize| media.get(index).zip(end).is_some_and(|(it, end)| end <= it.1);
        len > 0 && before.checked_sub(1).is_some_and(holds)
    });
    let codec = track.track.codec.clone();
    let is_encrypted = track.track.is_encrypted;
    let coding = track.coding.clone();
    Ok(VideoStream {
        codec,
        is_encrypted,
        configuration: coding.configuration,
        colour: coding.colour,
        has_colours_of_its_own: coding.has_colours_of_its_own,
        has_several_configurations: coding.has_several_entries,
        key_frames: frames,
        wrapping: Wrapping::Plain,
    })
}

fn find_moov(reader: &mut Reader<'_>) -> Result<BoxHeader> {
    let mut children = Children::of_file(reader);
    while let Some(child) = children.next_or_cut(reader)? {
        if &child.kind == b"moov" {
            return Ok(child);
        }
    }
    Err(invalid("the moov box is missing"))
}

/// Where the file has media data (§8.1.1), in rising order, each from its first byte to the one
/// behind its last: a sample that is not wholly inside one of them is none. Damage ends the list.
fn media_data(reader: &mut Reader<'_>) -> Vec<(u64, u64)> {
    let mut media = Vec::new();
    let mut children = Children::of_file(reader);
    while media.len() < limits::KEY_FRAMES_MAX
        && let Ok(Some(child)) = children.next_or_cut(reader)
    {
        if matches!(&child.kind, b"mdat" | b"imda") {
            media.push((child.body, child.end));
        }
    }
    media
}

fn from_tables(
    reader: &mut Reader<'_>,
    movie: &Movie,
    track: &MovieTrack,
    frames: &mut Vec<KeyFrame>,
) -> Result<()> {
    let mut samples = track.tables.samples()?;
    // Without stss every sample is a key frame (ISO/IEC 14496-12 §8.6.2.1).
    let mut sync = track.tables.stss.map(super::samples::Table::cursor);
    let mut next_sync = match &mut sync {
        Some(cursor) => cursor.next(reader)?.and_then(|mut entry| entry.u32()),
        None => None,
    };
    while frames.len() < limits::KEY_FRAMES_MAX
        && let Some(sample) = samples.next(reader)?
    {
        if let Some(cursor) = &mut sync {
            // Entries rise; one that does not is passed by.
            while next_sync.is_some_and(|number| u64::from(number) < sample.number) {
                next_sync = cursor.next(reader)?.and_then(|mut entry| entry.u32());
            }
            let Some(number) = next_sync else { break };
            if u64::from(number) != sample.number {
                continue;
            }
        }
        frames.push(KeyFrame {
            position_ms: position_ms(
                movie,
                track,
                sample.decode_time,
                sample.composition_offset.into(),
            ),
            offset_bytes: sample.offset_bytes,
            len_bytes: Some(sample.len_bytes.into()),
            block_offset_bytes: None,
        });
    }
    Ok(())
}

fn from_fragments(
    reader: &mut Reader<'_>,
    moov: &BoxHeader,
    movie: &Movie,
    track: &MovieTrack,
    frames: &mut Vec<KeyFrame>,
) -> Result<()> {
    let clocks = movie.tracks.iter().map(|track| (track.id, 0)).collect();
    let mut fragments = Fragments::new(movie, clocks);
    let mut children = Children::between(moov.end, reader.len_bytes());
    while let Some(child) = children.next_or_cut(reader)? {
        if &child.kind != b"moof" {
            continue;
        }
        fragments.read(reader, &child, |sample| {
            if sample.track == track.id && sample.is_sync && frames.len() < limits::KEY_FRAMES_MAX {
                frames.push(KeyFrame {
                    position_ms: position_ms(
                        movie,
                        track,
                        sample.decode_time,
                        sample.composition_offset,
                    ),
                    offset_bytes: sample.offset_bytes,
                    len_bytes: Some(sample.len_bytes.into()),
                    block_offset_bytes: None,
                });
            }
        })?;
    }
    Ok(())
}

/// When a sample is shown, by the edit list; 0 for what is only decoded for later pictures.
fn position_ms(movie: &Movie, track: &MovieTrack, decode_time: u64, composition: i64) -> u64 {
    let shown = decode_time.saturating_add_signed(composition);
    let since_edit = shown.saturating_sub(track.edit.media_time);
    let delay_ms = to_ms(track.edit.delay, movie.timescale).unwrap_or(0);
    to_ms(since_edit, track.timescale).unwrap_or(0).saturating_add(delay_ms)
}
