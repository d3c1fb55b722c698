//! Movie fragments (ISO/IEC 14496-12 §8.8): how long they play, and their samples.

use super::boxes::{BoxHeader, Children};
use super::movie::Movie;
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Fields, Reader, invalid, to_ms};

/// What holds for the samples of a track unless a fragment says otherwise (`trex`, §8.8.3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TrackDefaults {
    pub(super) track: u32,
    pub(super) duration: u32,
    pub(super) len_bytes: u32,
    pub(super) flags: u32,
}

/// One sample of a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct FragmentSample {
    pub(super) track: u32,
    pub(super) decode_time: u64,
    pub(super) composition_offset: i64,
    pub(super) duration: u32,
    pub(super) offset_bytes: u64,
    pub(super) len_bytes: u32,
    pub(super) is_sync: bool,
}

/// Goes through the fragments of a file, in order, knowing where each track stands.
pub(super) struct Fragments<'m> {
    defaults: &'m [TrackDefaults],
    /// Next decoding time of each track.
    clocks: Vec<(u32, u64)>,
    samples_left: u64,
}

impl<'m> Fragments<'m> {
    pub(super) fn new(movie: &'m Movie, clocks: Vec<(u32, u64)>) -> Self {
        Self { defaults: &movie.defaults, clocks, samples_left: limits::KEY_FRAME_SAMPLES_MAX }
    }

    /// Reads one `moof` and shows each of its samples.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'_>,
        moof: &BoxHeader,
        mut show: impl FnMut(FragmentSample),
    ) -> Result<()> {
        let mut data_end = moof.at;
        let mut children = moof.children(0);
        while let Some(traf) = children.next(reader)? {
            if &traf.kind == b"traf" {
                data_end = self.read_track(reader, moof, &traf, data_end, &mut show)?;
            }
        }
        Ok(())
    }

    /// Returns where the data of this track's samples end: the next track's may begin there.
    fn read_track(
        &mut self,
        reader: &mut Reader<'_>,
        moof: &BoxHeader,
        traf: &BoxHeader,
        data_end: u64,
        show: &mut impl FnMut(FragmentSample),
    ) -> Result<u64> {
        let tfhd = traf
            .child(reader, *b"tfhd")?
            .ok_or_else(|| invalid(format!("{traf} does not say its track (tfhd)")))?;
        let (defaults, base) = tfhd.full_fields(reader, |_, flags, mut fields| {
            let track = fields.u32()?;
            let known = self.defaults.iter().find(|known| known.track == track);
            let mut defaults = TrackDefaults { track, ..known.copied().unwrap_or_default() };
            let is_set = |bit: u32| flags & bit != 0;
            let base = if is_set(1) {
                fields.u64()?
            } else if is_set(0x2_0000) {
                moof.at
            } else {
                data_end
            };
            fields.skip(if is_set(2) { 4 } else { 0 })?;
            for (bit, place) in [
                (8, &mut defaults.duration),
                (0x10, &mut defaults.len_bytes),
                (0x20, &mut defaults.flags),
            ] {
                if is_set(bit) {
                    *place = fields.u32()?;
                }
            }
            Some((defaults, base))
        })?;
        let track = defaults.track;
        if !self.clocks.iter().any(|(known, _)| *known == track) {
            return Err(invalid(format!("{tfhd} is of track {track}, which does not exist")));
        }
        let mut offset_bytes = base;
        let mut children = traf.children(0);
        while let Some(child) = children.next(reader)? {
            match &child.kind {
                b"tfdt" => {
                    let time = child
                        .full_fields(reader, |version, _, mut f| f.u32_or_u64(version == 1))?;
                    // Half of the numbers are later than any timescale reaches in a century.
                    if time > i64::MAX.unsigned_abs() {
                        return Err(invalid(format!("{child} says an impossible time, {time}")));
                    }
                    *self.clock(track) = time;
                }
                b"trun" => {
                    offset_bytes =
                        self.read_run(reader, &child, defaults, base, offset_bytes, show)?;
                }
                _ => {}
            }
        }
        Ok(offset_bytes)
    }

    fn clock(&mut self, track: u32) -> &mut u64 {
        let index = self.clocks.iter().position(|(known, _)| *known == track);
        &mut self.clocks[index.expect("the caller found it")].1
    }

    /// A track run (§8.8.8): returns where its data end.
    fn read_run(
        &mut self,
        reader: &mut Reader<'_>,
        trun: &BoxHeader,
        defaults: TrackDefaults,
        base: u64,
        data_end: u64,
        show: &mut impl FnMut(FragmentSample),
    ) -> Result<u64> {
        let (version, flags, count, data_offset, first_flags) =
            trun.full_fields(reader, |version, flags, mut fields| {
                let count = fields.u32()?;
                let data_offset = if flags & 1 != 0 { Some(fields.i32()?) } else { None };
                let first_flags = if flags & 4 != 0 { Some(fields.u32()?) } else { None };
                Some((version, flags, count, data_offset, first_flags))
            })?;
        let header_len =
            8 + 4 * u64::from(data_offset.is_some()) + 4 * u64::from(first_flags.is_some());
        let entry_len = 4 * u64::from((flags & 0xf00).count_ones());
        let room = trun.body_len_bytes().saturating_sub(header_len);
        let data_max = reader.len_bytes();
        let fits = if entry_len > 0 {
            u64::from(count) * entry_len <= room
        } else {
            u64::from(count).saturating_mul(defaults.len_bytes.max(1).into()) <= data_max
        };
        if !fits {
            return Err(invalid(format!("{trun} says {count} samples but has no room for them")));
        }
        self.samples_left = self
            .samples_left
            .checked_sub(count.into())
            .ok_or_else(|| invalid("its fragments have more samples than any film should have"))?;
        let mut offset_bytes = match data_offset {
            Some(offset) => base.saturating_add_signed(offset.into()),
            None => data_end,
        };
        // One read for the whole run; an entry is at most 16 bytes.
        let mut entries = vec![0; usize::try_from(u64::from(count) * entry_len).unwrap_or(0)];
        let got = reader.read_around(&mut entries, trun.body.saturating_add(header_len))?;
        entries.truncate(got);
        let mut fields = Fields(&entries);
        for index in 0..count {
            let mut value = |bit: u32| if flags & bit == 0 { None } else { fields.u32() };
            let duration = value(0x100).unwrap_or(defaults.duration);
            let len_bytes = value(0x200).unwrap_or(defaults.len_bytes);
            let own_flags = value(0x400);
            let composition = value(0x800).unwrap_or(0);
            let sample_flags = match first_flags {
                Some(first) if index == 0 => first,
                _ => own_flags.unwrap_or(defaults.flags),
            };
            let clock = self.clock(defaults.track);
            show(FragmentSample {
                track: defaults.track,
                decode_time: *clock,
                composition_offset: if version == 0 {
                    composition.into()
                } else {
                    composition.cast_signed().into()
                },
                duration,
                offset_bytes,
                len_bytes,
                // sample_is_non_sync_sample (§8.8.3.1).
                is_sync: sample_flags & 0x1_0000 == 0,
            });
            *clock = clock.saturating_add(duration.into());
            offset_bytes = offset_bytes.saturating_add(len_bytes.into());
        }
        Ok(offset_bytes)
    }
}

/// How far the fragments of each track reach.
#[derive(Debug, Default)]
pub(super) struct Reach {
    tracks: Vec<TrackReach>,
}

/// How far the fragments of one track reach, in its units.
#[derive(Debug)]
struct TrackReach {
    track: u32,
    first: u64,
    end: u64,
    /// The samples' durations: the shortest, the longest, their sum and number.
    shortest: u32,
    longest: u32,
    sum: u64,
    samples: u64,
}

impl Reach {
    pub(super) fn note(&mut self, sample: FragmentSample) {
        let FragmentSample { track, decode_time, duration, .. } = sample;
        let end = decode_time.saturating_add(duration.into());
        match self.tracks.iter_mut().find(|reach| reach.track == track) {
            Some(reach) => {
                reach.first = reach.first.min(decode_time);
                reach.end = reach.end.max(end);
                reach.shortest = reach.shortest.min(duration);
                reach.longest = reach.longest.max(duration);
                reach.sum = reach.sum.saturating_add(duration.into());
                reach.samples += 1;
            }
            None => self.tracks.push(TrackReach {
                track,
                first: decode_time,
                end,
                shortest: duration,
                longest: duration,
                sum: duration.into(),
                samples: 1,
            }),
        }
    }

    fn of(&self, track: u32) -> Option<&TrackReach> {
        self.tracks.iter().find(|reach| reach.track == track)
    }

    /// Where the last fragment of a track ended.
    pub(super) fn end(&self, track: u32) -> Option<u64> {
        self.of(track).map(|reach| reach.end)
    }

    /// Playing time of one track in milliseconds: from 0 where the movie itself has samples of it.
    pub(super) fn duration_ms(&self, movie: &Movie, track: u32) -> Option<u64> {
        let reach = self.of(track)?;
        let known = movie.tracks.iter().find(|known| known.id == track)?;
        let has_samples = known.tables.sizes.is_some_and(|sizes| sizes.samples() > 0);
        to_ms(reach.end - if has_samples { 0 } else { reach.first }, known.timescale)
    }

    /// The frame rate of a track, where all pictures in the fragments that were read last equally
    /// long, but for rounding.
    pub(super) fn frames_per_1000_s(&self, track: u32, timescale: u64) -> Option<u32> {
        let reach = self.of(track).filter(|reach| reach.longest - reach.shortest <= 1)?;
        let rate = u128::from(reach.samples) * u128::from(timescale) * 1000;
        let rate = (rate + u128::from(reach.sum) / 2).checked_div(reach.sum.into())?;
        u32::try_from(rate).ok().filter(|rate| *rate > 0)
    }
}

/// The end of the file may hold an index of the fragments (`mfra`, §8.8.9): the first and last
/// fragment of each track.
pub(super) fn indexed_ends(reader: &mut Reader<'_>) -> Result<Vec<BoxHeader>> {
    let len_bytes = reader.len_bytes();
    let Some(tail_at) = len_bytes.checked_sub(16) else { return Ok(Vec::new()) };
    let Some(tail) = Children::between(tail_at, len_bytes).next_or_cut(reader)? else {
        return Ok(Vec::new());
    };
    if &tail.kind != b"mfro" || tail.is_cut {
        return Ok(Vec::new());
    }
    let size = tail.full_fields(reader, |_, _, mut fields| fields.u32())?;
    let index_at = len_bytes.saturating_sub(size.into());
    let Some(index) = Children::between(index_at, len_bytes).next_or_cut(reader)? else {
        return Ok(Vec::new());
    };
    let mut moofs_at = Vec::new();
    let mut children = index.children(0);
    while let Some(child) = children.next(reader)? {
        if &child.kind == b"tfra" && moofs_at.len() < 2 * limits::PROBE_TRACKS_MAX {
            moofs_at.extend(read_random_access_ends(reader, &child)?);
        }
    }
    moofs_at.sort_unstable();
    moofs_at.dedup();
    let mut moofs = Vec::new();
    for at in moofs_at {
        if let Some(moof) = Children::between(at, len_bytes).next_or_cut(reader)?
            && &moof.kind == b"moof"
        {
            moofs.push(moof);
        }
    }
    Ok(moofs)
}

/// Offsets of the first and the last `moof` in a `tfra` box (§8.8.10).
fn read_random_access_ends(reader: &mut Reader<'_>, tfra: &BoxHeader) -> Result<Vec<u64>> {
    let (is_wide, lengths, count) = tfra.full_fields(reader, |version, _, mut fields| {
        fields.skip(4)?;
        Some((version == 1, fields.u32()?, fields.u32()?))
    })?;
    let numbers_len = (0..3).map(|i| u64::from(lengths >> (2 * i) & 3) + 1).sum::<u64>();
    let entry_len = if is_wide { 16 } else { 8 } + numbers_len;
    let room = tfra.body_len_bytes().saturating_sub(16) / entry_len;
    let count = u64::from(count).min(room);
    let mut ends = Vec::new();
    for index in [0, count.saturating_sub(1)] {
        if count == 0 {
            break;
        }
        let at = tfra.body + 16 + index * entry_len;
        let mut fields = Fields(reader.exactly(at, 16)?);
        let moof_at = fields.u32_or_u64(is_wide).and_then(|_| fields.u32_or_u64(is_wide));
        ends.extend(moof_at);
    }
    Ok(ends)
}

/// The playing time that a `sidx` box (§8.16.3) sums up to, in milliseconds, if it speaks of all
/// fragments to the end of the file; each fragment may as well have an index of its own.
pub(super) fn index_duration_ms(reader: &mut Reader<'_>, sidx: &BoxHeader) -> Result<Option<u64>> {
    let (timescale, first, count, len) = sidx.full_fields(reader, |version, _, mut fields| {
        fields.skip(4)?;
        let timescale = fields.u32()?;
        fields.u32_or_u64(version != 0)?;
        let first = fields.u32_or_u64(version != 0)?;
        fields.skip(2)?;
        Some((timescale, first, fields.u16()?, if version == 0 { 24 } else { 32 }))
    })?;
    let mut at = sidx.body.saturating_add(len);
    let room = sidx.end.saturating_sub(at) / 12;
    if u64::from(count) > room {
        return Err(invalid(format!("{sidx} says {count} references but has room for {room}")));
    }
    let mut duration = 0_u64;
    let mut data_end = sidx.end.saturating_add(first);
    for _ in 0..count {
        let mut fields = Fields(reader.exactly(at, 8)?);
        // The highest bit tells an index from media.
        let len_bytes = fields.u32().unwrap_or(0) & 0x7fff_ffff;
        if len_bytes == 0 {
            return Err(invalid(format!("{sidx} refers to nothing (a reference of 0 bytes)")));
        }
        data_end = data_end.saturating_add(len_bytes.into());
        duration = duration.saturating_add(fields.u32().unwrap_or(0).into());
        at += 12;
    }
    let after = Children::between(data_end, reader.len_bytes()).next_or_cut(reader)?;
    let is_all = after.is_none_or(|header| !matches!(&header.kind, b"moof" | b"styp" | b"sidx"));
    Ok(to_ms(duration, timescale.into()).filter(|_| is_all))
}
