//! Times and places in the media data: Cues, and the last block of a recording never closed.

use super::ebml::{Children, Element, variable_int};
use super::{Segment, ids};
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::Reader;
use crate::probe::info::KeyFrame;

/// The key frames of a track that the Cues name.
pub(super) fn read_cues(
    reader: &mut Reader<'_>,
    segment: &Segment,
    cues: &Element,
    track_number: u64,
) -> Result<Vec<KeyFrame>> {
    let mut frames = Vec::new();
    let mut points = cues.children();
    while frames.len() < limits::KEY_FRAMES_MAX
        && let Some(point) = points.next_or_cut(reader)?
    {
        if point.id != ids::CUE_POINT {
            continue;
        }
        let mut time = 0;
        let mut cluster = None;
        let mut children = point.children();
        while let Some(child) = children.next(reader)? {
            match child.id {
                ids::CUE_TIME => time = child.uint(reader)?,
                ids::CUE_TRACK_POSITIONS => {
                    cluster = cluster.or(read_positions(reader, &child, track_number)?);
                }
                _ => {}
            }
        }
        let Some((position, relative)) = cluster else { continue };
        let at = segment.element.body.checked_add(position);
        if let Some(offset_bytes) = at.filter(|at| *at < segment.element.end) {
            let position_ms = segment.time_ms(time);
            frames.push(KeyFrame {
                position_ms,
                offset_bytes,
                len_bytes: None,
                block_offset_bytes: relative,
            });
        }
    }
    Ok(frames)
}

/// The cluster's position, and that of the block behind the cluster's head, if the positions are
/// those of the track.
fn read_positions(
    reader: &mut Reader<'_>,
    positions: &Element,
    track_number: u64,
) -> Result<Option<(u64, Option<u64>)>> {
    let (mut track, mut cluster, mut relative) = (0, None, None);
    let mut children = positions.children();
    while let Some(child) = children.next(reader)? {
        match child.id {
            ids::CUE_TRACK => track = child.uint(reader)?,
            ids::CUE_CLUSTER_POSITION => cluster = Some(child.uint(reader)?),
            ids::CUE_RELATIVE_POSITION => relative = Some(child.uint(reader)?),
            _ => {}
        }
    }
    Ok(cluster.filter(|_| track == track_number).map(|cluster| (cluster, relative)))
}

impl Segment {
    fn time_ms(&self, units: u64) -> u64 {
        let ns = u128::from(units) * u128::from(self.timestamp_scale_ns);
        u64::try_from(ns / 1_000_000).unwrap_or(u64::MAX)
    }
}

/// When the last block ends: that of the last cluster which stands near the end of the file, else
/// the last that is reached from the first cluster within the bounds of a probe.
pub(super) fn last_time_ms(reader: &mut Reader<'_>, segment: &Segment) -> Result<Option<u64>> {
    let Some(first) = segment.first_cluster else { return Ok(None) };
    let tail_at = segment.element.end.saturating_sub(limits::PROBE_TAIL_BYTES_MAX).max(first.at);
    let len = usize::try_from(segment.element.end - tail_at).unwrap_or(0);
    let mut tail = vec![0; len];
    let got = reader.read_around(&mut tail, tail_at)?;
    tail.truncate(got);
    // The bytes of the id may turn up in a picture; a cluster begins with its Timestamp (or a
    // CRC-32 before it).
    let starts =
        tail.windows(4).enumerate().rev().filter(|(_, w)| **w == ids::CLUSTER.to_be_bytes());
    for (index, _) in starts.take(16) {
        let at = tail_at + index as u64;
        let cluster = Children::between(at, segment.element.end).next_or_cut(reader)?;
        if let Some(cluster) = cluster
            && let Some(ms) = cluster_end_ms(reader, segment, &cluster)?
        {
            return Ok(Some(ms));
        }
    }
    cluster_end_ms(reader, segment, &first)
}

/// When the last block of a cluster ends; `None` if it is no cluster.
fn cluster_end_ms(
    reader: &mut Reader<'_>,
    segment: &Segment,
    cluster: &Element,
) -> Result<Option<u64>> {
    let mut cluster_time = None;
    let mut end_ns: u128 = 0;
    let mut children = cluster.children();
    // Damage ends the cluster: what came before it counts.
    while let Ok(Some(child)) = children.next_or_cut(reader) {
        let (block, duration) = match child.id {
            ids::TIMESTAMP => {
                cluster_time = Some(child.uint(reader)?);
                continue;
            }
            // Behind a cluster of unknown size comes the next, or another part of the segment.
            ids::CLUSTER | ids::CUES | ids::TAGS => break,
            ids::SIMPLE_BLOCK => (child, None),
            ids::BLOCK_GROUP => match read_group(reader, &child)? {
                Some(found) => found,
                None => continue,
            },
            _ => continue,
        };
        let Some(time) = cluster_time else { return Ok(None) };
        let head = reader.up_to(block.body, 10)?;
        let Some((Some(track), len)) = variable_int(head) else { continue };
        let Some(&[high, low]) = head.get(len..len + 2) else { continue };
        let relative = i64::from(i16::from_be_bytes([high, low]));
        let scale = u128::from(segment.timestamp_scale_ns);
        let default_ns =
            segment.default_durations_ns.iter().find(|(t, _)| *t == track).map_or(0, |(_, ns)| *ns);
        let length_ns = duration.map_or(default_ns.into(), |units| u128::from(units) * scale);
        let start_ns = u128::from(time.saturating_add_signed(relative)) * scale;
        end_ns = end_ns.max(start_ns.saturating_add(length_ns));
    }
    Ok(cluster_time.map(|_| u64::try_from(end_ns / 1_000_000).unwrap_or(u64::MAX)))
}

/// The block of a group and its duration in units.
fn read_group(reader: &mut Reader<'_>, group: &Element) -> Result<Option<(Element, Option<u64>)>> {
    let (mut block, mut duration) = (None, None);
    let mut children = group.children();
    while let Ok(Some(child)) = children.next_or_cut(reader) {
        match child.id {
            ids::BLOCK => block = Some(child),
            ids::BLOCK_DURATION => duration = Some(child.uint(reader)?),
            _ => {}
        }
    }
    Ok(block.map(|block| (block, duration)))
}
