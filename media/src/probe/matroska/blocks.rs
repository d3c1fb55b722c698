//! The block of a key frame in its cluster (RFC 9559 §10), unlaced and unpacked.

use super::ebml::{Children, Element, variable_int};
use super::{Segment, ids};
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::probe::bytes::{Reader, invalid};
use crate::probe::info::KeyFrame;
use crate::probe::video_stream::read_whole;
use crate::storage::ReadAt;

/// How the blocks of a track are packed (§5.1.4.1.31).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    #[default]
    None,
    /// Each frame without these bytes that all of them begin with.
    Stripped(Vec<u8>),
    /// Each frame as a stream of zlib (RFC 1950).
    Zlib,
    /// In another way, or in more than one.
    Unknown,
}

/// Finds the blocks of one track.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    track_number: u64,
    timestamp_scale_ns: u64,
    segment_end: u64,
    packing: Packing,
}

/// The head of a block (§10.1): what stands before its data.
struct Head {
    /// Against the cluster's time.
    relative: i16,
    is_key: bool,
    lacing: Lacing,
    len_bytes: u64,
}

/// How several frames stand in one block (§10.3).
#[derive(Clone, Copy)]
enum Lacing {
    None,
    Xiph,
    Fixed,
    Ebml,
}

impl Blocks {
    pub(super) fn new(segment: &Segment, track_number: u64, packing: Packing) -> Self {
        Self {
            track_number,
            timestamp_scale_ns: segment.timestamp_scale_ns,
            segment_end: segment.element.end,
            packing,
        }
    }

    /// Reads a key frame: the block that the index names, else the first one of the track in the
    /// cluster that is shown at the frame's time or later, else the last before it.
    pub(in crate::probe) fn read(
        &self,
        reader: &mut Reader<'_>,
        source: &dyn ReadAt,
        frame: &KeyFrame,
    ) -> Result<Vec<u8>> {
        if self.packing == Packing::Unknown {
            return Err(Error::new(Kind::Unsupported, "its blocks are packed in an unknown way"));
        }
        let at = frame.offset_bytes;
        // It may reach beyond a file that was cut; its block must not.
        let cluster = Children::between(at, self.segment_end).next_or_cut(reader)?;
        let cluster = cluster.filter(|element| element.id == ids::CLUSTER);
        let cluster =
            cluster.ok_or_else(|| invalid(format!("there is no cluster at byte {at}")))?;
        let block = match self.named(reader, &cluster, frame) {
            Some(block) => block,
            None => self.search(reader, &cluster, frame)?,
        };
        let bytes = self.data(reader, source, &block)?;
        self.unpacked(bytes)
    }

    /// The block that the index names, if it is one of the track, and a key frame.
    fn named(
        &self,
        reader: &mut Reader<'_>,
        cluster: &Element,
        frame: &KeyFrame,
    ) -> Option<Element> {
        let at = cluster.body.checked_add(frame.block_offset_bytes?)?;
        let child = Children::between(at, cluster.end).next(reader).ok()??;
        self.key_block(reader, &child).ok()?.map(|(block, _)| block)
    }

    fn search(
        &self,
        reader: &mut Reader<'_>,
        cluster: &Element,
        frame: &KeyFrame,
    ) -> Result<Element> {
        let mut cluster_time = 0;
        let mut found = None;
        let mut children = cluster.children();
        // Damage ends the cluster: what came before it counts.
        while let Ok(Some(child)) = children.next_or_cut(reader) {
            match child.id {
                ids::TIMESTAMP => cluster_time = child.uint(reader)?,
                // Behind a cluster of unknown size comes the next, or another part of the segment.
                ids::CLUSTER | ids::CUES | ids::TAGS => break,
                _ => {
                    let Some((block, relative)) = self.key_block(reader, &child)? else { continue };
                    found = Some(block);
                    if self.time_ms(cluster_time, relative) >= frame.position_ms {
                        break;
                    }
                }
            }
        }
        found.ok_or_else(|| invalid(format!("{cluster} has no key frame of the track")))
    }

    fn time_ms(&self, cluster_time: u64, relative: i16) -> u64 {
        let units = u128::from(cluster_time.saturating_add_signed(relative.into()));
        u64::try_from(units * u128::from(self.timestamp_scale_ns) / 1_000_000).unwrap_or(u64::MAX)
    }

    /// The block in a child of a cluster and its time, if it is a key frame of the track.
    fn key_block(
        &self,
        reader: &mut Reader<'_>,
        child: &Element,
    ) -> Result<Option<(Element, i16)>> {
        match child.id {
            ids::SIMPLE_BLOCK => {
                let head = self.head(reader, child)?.filter(|head| head.is_key);
                Ok(head.map(|head| (*child, head.relative)))
            }
            ids::BLOCK_GROUP => {
                let (mut block, mut refers) = (None, false);
                let mut children = child.children();
                while let Some(part) = children.next_or_cut(reader)? {
                    match part.id {
                        ids::BLOCK => block = Some(part),
                        ids::REFERENCE_BLOCK => refers = true,
                        _ => {}
                    }
                }
                // A group that refers to no other block is a key frame (§10.2).
                let Some(block) = block.filter(|_| !refers) else { return Ok(None) };
                Ok(self.head(reader, &block)?.map(|head| (block, head.relative)))
            }
            _ => Ok(None),
        }
    }

    /// The head of a block, if it is one of the track.
    fn head(&self, reader: &mut Reader<'_>, block: &Element) -> Result<Option<Head>> {
        let bytes = reader.up_to(block.body, 11)?;
        let Some((Some(track), len)) = variable_int(bytes) else { return Ok(None) };
        let Some(&[high, low, flags]) = bytes.get(len..len + 3) else { return Ok(None) };
        if track != self.track_number {
            return Ok(None);
        }
        let lacing = match flags >> 1 & 3 {
            0 => Lacing::None,
            1 => Lacing::Xiph,
            2 => Lacing::Fixed,
            _ => Lacing::Ebml,
        };
        Ok(Some(Head {
            relative: i16::from_be_bytes([high, low]),
            is_key: flags & 0x80 != 0,
            lacing,
            len_bytes: len as u64 + 3,
        }))
    }

    /// The data of a block's first frame, as it stands in the file.
    fn data(
        &self,
        reader: &mut Reader<'_>,
        source: &dyn ReadAt,
        block: &Element,
    ) -> Result<Vec<u8>> {
        if block.is_cut {
            return Err(invalid(format!("{block} reaches beyond what holds it")));
        }
        let head = self.head(reader, block)?;
        let head = head.ok_or_else(|| invalid(format!("{block} is not of the track")))?;
        let at = block.body + head.len_bytes;
        let len_bytes = block.end.saturating_sub(at);
        // The longest lace is 255 sizes of frames, each of some bytes.
        let lace = reader.up_to(at, usize::try_from(len_bytes.min(4096)).expect("small"))?;
        let (skip, len_bytes) = first_of_lace(lace, head.lacing, len_bytes)
            .ok_or_else(|| invalid(format!("{block} has laced frames that do not fit into it")))?;
        read_whole(source, at + skip, len_bytes)
    }

    fn unpacked(&self, bytes: Vec<u8>) -> Result<Vec<u8>> {
        match &self.packing {
            Packing::None => Ok(bytes),
            Packing::Stripped(header) => Ok([header.as_slice(), &bytes].concat()),
            Packing::Zlib => {
                let most = usize::try_from(limits::SAMPLE_BYTES_MAX).expect("small");
                miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(&bytes, most)
                    .map_err(|error| invalid(format!("a block does not unpack: {error}")))
            }
            Packing::Unknown => Err(Error::new(Kind::Unsupported, "packed in an unknown way")),
        }
    }
}

/// How many bytes of a block's data stand before its first frame, and how many that has.
fn first_of_lace(data: &[u8], lacing: Lacing, len_bytes: u64) -> Option<(u64, u64)> {
    if matches!(lacing, Lacing::None) {
        return Some((0, len_bytes));
    }
    // Of a lace the number of frames less one comes first; the last one's size is left out.
    let (count, sizes) = data.split_first()?;
    let mut at = 0;
    let mut first = None;
    for _ in 0..*count {
        match lacing {
            Lacing::Xiph => {
                let mut size = 0_u64;
                loop {
                    let byte = *sizes.get(at)?;
                    at += 1;
                    size += u64::from(byte);
                    if byte != 255 {
                        break;
                    }
                }
                first = first.or(Some(size));
            }
            Lacing::Ebml => {
                // The first is a size, the others differences from the one before: as long.
                let (size, len) = variable_int(sizes.get(at..)?)?;
                at += len;
                first = first.or(size);
            }
            Lacing::Fixed | Lacing::None => {}
        }
    }
    let skip = at as u64 + 1;
    let rest = len_bytes.checked_sub(skip)?;
    let first = match lacing {
        Lacing::Fixed => rest / (u64::from(*count) + 1),
        _ => first.unwrap_or(rest),
    };
    (first <= rest).then_some((skip, first))
}

/// Finds the key frames of a track in a file without Cues: the first of each cluster. Where the
/// bounds end the walk nothing is found at all, for the last picture that was is not that of all
/// the film behind it.
pub(super) fn walk(reader: &mut Reader<'_>, segment: &Segment, track_number: u64) -> Vec<KeyFrame> {
    let Some(first) = segment.first_cluster else { return Vec::new() };
    let blocks = Blocks::new(segment, track_number, Packing::None);
    let reader =
        &mut reader.with_less(limits::CLUSTER_WALK_BYTES_MAX, limits::CLUSTER_WALK_ELEMENTS_MAX);
    let mut frames = Vec::new();
    let mut clusters = Children::between(first.at, segment.element.end);
    loop {
        match clusters.next_or_cut(reader) {
            Ok(Some(cluster)) if cluster.id == ids::CLUSTER => {
                let end = blocks.walk_cluster(reader, &cluster, &mut frames);
                match end {
                    Ok(Some(next)) => clusters = Children::between(next, segment.element.end),
                    Ok(None) => {}
                    Err(_) if reader.is_spent() => return Vec::new(),
                    // Damage ends the film: what came before it counts.
                    Err(_) => break,
                }
            }
            Ok(Some(_)) => {}
            Err(_) if reader.is_spent() => return Vec::new(),
            Ok(None) | Err(_) => break,
        }
        if frames.len() >= limits::KEY_FRAMES_MAX {
            break;
        }
    }
    frames
}

impl Blocks {
    /// Notes the first key frame of a cluster. Returns where the next cluster begins, if this one
    /// does not say how long it is.
    fn walk_cluster(
        &self,
        reader: &mut Reader<'_>,
        cluster: &Element,
        frames: &mut Vec<KeyFrame>,
    ) -> Result<Option<u64>> {
        let mut cluster_time = 0;
        let mut is_found = false;
        let mut children = cluster.children();
        while let Some(child) = children.next_or_cut(reader)? {
            match child.id {
                ids::TIMESTAMP => cluster_time = child.uint(reader)?,
                ids::CLUSTER | ids::CUES | ids::TAGS => return Ok(Some(child.at)),
                _ if is_found => {}
                _ => {
                    let Some((_, relative)) = self.key_block(reader, &child)? else { continue };
                    is_found = true;
                    frames.push(KeyFrame {
                        position_ms: self.time_ms(cluster_time, relative),
                        offset_bytes: cluster.at,
                        len_bytes: None,
                        block_offset_bytes: Some(child.at - cluster.body),
                    });
                    if !cluster.has_unknown_size {
                        return Ok(None);
                    }
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_of_a_lace_is_found() {
        type Case = (&'static [u8], Lacing, u64, Option<(u64, u64)>);
        let cases: &[Case] = &[
            (&[], Lacing::None, 9, Some((0, 9))),
            (&[2, 255, 1, 3], Lacing::Xiph, 1000, Some((4, 256))),
            (&[0], Lacing::Xiph, 10, Some((1, 9))),
            (&[2], Lacing::Fixed, 10, Some((1, 3))),
            (&[1, 0x85], Lacing::Ebml, 12, Some((2, 5))),
            (&[2, 0x44, 0x00, 0xbf], Lacing::Ebml, 4000, Some((4, 1024))),
            (&[1, 0xff], Lacing::Ebml, 12, Some((2, 10))),
            (&[2, 255], Lacing::Xiph, 10, None),
            (&[1, 9], Lacing::Xiph, 3, None),
            (&[], Lacing::Fixed, 0, None),
        ];
        for (data, lacing, len_bytes, expected) in cases {
            assert_eq!(first_of_lace(data, *lacing, *len_bytes), *expected, "{data:?}");
        }
    }
}
