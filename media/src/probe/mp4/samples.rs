//! Where the samples of a track lie and when they are shown: the tables of `stbl`
//! (ISO/IEC 14496-12 §8.6, §8.7), read side by side in small pieces, never whole.

use super::boxes::BoxHeader;
use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Faults, Fields, Reader, invalid};

/// Tables up to this length are checked whole when a file is described, longer ones at their ends.
const SHORT_TABLE_ENTRIES: u64 = 1024;

/// The tables of one track, as they stand in the file.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SampleTables {
    pub(super) stts: Option<Table>,
    pub(super) ctts: Option<Table>,
    pub(super) stsc: Option<Table>,
    pub(super) stss: Option<Table>,
    /// Chunk offsets, of 4 or 8 bytes each.
    pub(super) stco: Option<Table>,
    pub(super) sizes: Option<Sizes>,
}

/// A table of entries of one length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    header: BoxHeader,
    first_at: u64,
    pub(super) entries: u64,
    entry_bytes: usize,
}

/// Sample sizes: all the same, or a table of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sizes {
    All { len_bytes: u32, samples: u64 },
    Each(Table),
}

impl Sizes {
    pub(super) fn samples(&self) -> u64 {
        match self {
            Self::All { samples, .. } => *samples,
            Self::Each(table) => table.entries,
        }
    }
}

impl SampleTables {
    /// Notes a table, if the box is one; says so where it claims more entries than it has room for.
    pub(super) fn note(
        &mut self,
        reader: &mut Reader<'_>,
        header: &BoxHeader,
        faults: &mut Faults,
    ) -> Result<()> {
        match &header.kind {
            b"stts" => self.stts = Some(Table::read(reader, header, 8, faults)?),
            b"ctts" => self.ctts = Some(Table::read(reader, header, 8, faults)?),
            b"stsc" => self.stsc = Some(Table::read(reader, header, 12, faults)?),
            b"stss" => self.stss = Some(Table::read(reader, header, 4, faults)?),
            b"stco" => self.stco = Some(Table::read(reader, header, 4, faults)?),
            b"co64" => self.stco = Some(Table::read(reader, header, 8, faults)?),
            b"stsz" => self.sizes = Some(read_sizes(reader, header, faults)?),
            _ => {}
        }
        Ok(())
    }

    /// Looks for what no player could follow: samples or chunks that lie outside the file. Reads
    /// the ends of the tables alone.
    pub(super) fn check(&self, reader: &mut Reader<'_>, faults: &mut Faults) -> Result<()> {
        let len_bytes = reader.len_bytes();
        if let Some(Sizes::All { len_bytes: each, samples }) = self.sizes
            && u64::from(each).saturating_mul(samples) > len_bytes
        {
            faults.add(format!(
                "the sample table tells of {samples} samples of {each} bytes, more than the file has"
            ));
        }
        if let Some(chunks) = self.stco.filter(|table| table.entries > 0) {
            // All of a short table; of a long one its ends.
            let step = if chunks.entries <= SHORT_TABLE_ENTRIES { 1 } else { chunks.entries - 1 };
            let mut index = 0;
            while index < chunks.entries {
                let offset = chunks.read_one(reader, index)?;
                index += step;
                if offset >= len_bytes {
                    faults.add(format!(
                        "{} names a chunk at byte {offset}, but the file ends at byte {len_bytes}: \
                         its end is missing (a download or copy that did not finish?)",
                        chunks.header
                    ));
                    break;
                }
            }
        }
        let samples = self.sizes.as_ref().map_or(0, Sizes::samples);
        if samples > 0 {
            for (name, table) in
                [("stts", self.stts), ("stsc", self.stsc), ("stco or co64", self.stco)]
            {
                if table.is_none_or(|table| table.entries == 0) {
                    faults.add(format!(
                        "a track of {samples} samples has no {name} table: they cannot be found"
                    ));
                }
            }
        }
        self.check_first_entries(reader, samples, faults)?;
        self.check_samples(reader, samples, faults)
    }

    /// Looks where each sample of a short track ends.
    fn check_samples(
        &self,
        reader: &mut Reader<'_>,
        samples: u64,
        faults: &mut Faults,
    ) -> Result<()> {
        if !(1..=SHORT_TABLE_ENTRIES).contains(&samples) {
            return Ok(());
        }
        // A missing table was told before.
        let Ok(mut all) = self.samples() else { return Ok(()) };
        let mut placed = 0;
        while let Some(sample) = all.next(reader)? {
            let end = sample.offset_bytes.saturating_add(sample.len_bytes.into());
            if end > reader.len_bytes() {
                faults.add(format!(
                    "sample {} of a track should end at byte {end}, but the file ends at byte {}: \
                     its end is missing (a download or copy that did not finish?)",
                    sample.number,
                    reader.len_bytes()
                ));
                return Ok(());
            }
            placed = sample.number;
        }
        if placed < samples {
            faults.add(format!("a track's tables tell the place of {placed} of {samples} samples"));
        }
        Ok(())
    }

    fn check_first_entries(
        &self,
        reader: &mut Reader<'_>,
        samples: u64,
        faults: &mut Faults,
    ) -> Result<()> {
        if let Some(table) = self.stsc.filter(|table| table.entries > 0) {
            let mut cursor = Cursor::new(table);
            let mut before = 0;
            for _ in 0..table.entries.min(64) {
                let Some(mut entry) = cursor.next(reader)? else { break };
                let (Some(first), Some(count)) = (entry.u32(), entry.u32()) else { break };
                if before == 0 && first != 1 {
                    faults.add(format!("{} begins with chunk {first}, not with 1", table.header));
                    break;
                }
                if first <= before || count == 0 {
                    faults.add(format!(
                        "{} says chunk {first} with {count} samples after chunk {before}",
                        table.header
                    ));
                    break;
                }
                before = first;
            }
        }
        if let Some(table) = self.stss.filter(|table| table.entries > 0) {
            for index in [0, table.entries - 1] {
                let sample = table.read_one(reader, index)?;
                if sample == 0 || sample > samples {
                    faults.add(format!(
                        "{} names key frame {sample} of {samples} samples",
                        table.header
                    ));
                }
            }
        }
        if let Some(table) = self.ctts.filter(|table| table.entries > 0) {
            // The offset of -2^31 alone has a meaning of its own, never for the first sample
            // (ISO/IEC 14496-12 §8.6.1.4).
            if table.read_one(reader, 0)? == 1 << 31 {
                faults.add(format!("{} has an impossible composition offset", table.header));
            }
        }
        Ok(())
    }

    /// The samples in decoding order.
    pub(super) fn samples(&self) -> Result<Samples> {
        let missing = |name| invalid(format!("the track has no {name} table"));
        let sizes = self.sizes.ok_or_else(|| missing("stsz"))?;
        Ok(Samples {
            count: sizes.samples(),
            stts: Runs::new(self.stts.ok_or_else(|| missing("stts"))?),
            ctts: self.ctts.map(Runs::new),
            stsc: Cursor::new(self.stsc.ok_or_else(|| missing("stsc"))?),
            next_stsc: None,
            stco: Cursor::new(self.stco.ok_or_else(|| missing("stco"))?),
            stco_is_wide: self.stco.is_some_and(|table| table.entry_bytes == 8),
            same_len_bytes: match sizes {
                Sizes::All { len_bytes, .. } => Some(len_bytes),
                Sizes::Each(_) => None,
            },
            stsz: match sizes {
                Sizes::All { .. } => None,
                Sizes::Each(table) => Some(Cursor::new(table)),
            },
            number: 0,
            decode_time: 0,
            chunk: 0,
            left_in_chunk: 0,
            chunk_len: 0,
            offset_bytes: 0,
        })
    }
}

impl Table {
    fn read(
        reader: &mut Reader<'_>,
        header: &BoxHeader,
        entry_bytes: usize,
        faults: &mut Faults,
    ) -> Result<Self> {
        let said = header.full_fields(reader, |_, _, mut fields| fields.u32())?;
        Ok(Self::of(header, 8, entry_bytes, said, faults))
    }

    fn of(
        header: &BoxHeader,
        fields_bytes: u64,
        entry_bytes: usize,
        said: u32,
        faults: &mut Faults,
    ) -> Self {
        let said = u64::from(said);
        let room = header.body_len_bytes().saturating_sub(fields_bytes) / entry_bytes as u64;
        if said > room {
            faults.add(format!("{header} says {said} entries but has room for {room}"));
        }
        let first_at = header.body.saturating_add(fields_bytes);
        Self { header: *header, first_at, entries: said.min(room), entry_bytes }
    }

    /// One entry, or its last four bytes where it is longer than eight.
    fn read_one(&self, reader: &mut Reader<'_>, index: u64) -> Result<u64> {
        let at = self.first_at.saturating_add(index.saturating_mul(self.entry_bytes as u64));
        let mut entry = Fields(reader.exactly(at, self.entry_bytes)?);
        let wide = self.entry_bytes == 8 && self.header.kind == *b"co64";
        if !wide {
            entry.skip(self.entry_bytes - 4);
        }
        Ok(entry.u32_or_u64(wide).unwrap_or(0))
    }

    pub(super) fn cursor(self) -> Cursor {
        Cursor::new(self)
    }
}

fn read_sizes(reader: &mut Reader<'_>, header: &BoxHeader, faults: &mut Faults) -> Result<Sizes> {
    let (len_bytes, samples) =
        header.full_fields(reader, |_, _, mut fields| Some((fields.u32()?, fields.u32()?)))?;
    if len_bytes > 0 {
        return Ok(Sizes::All { len_bytes, samples: samples.into() });
    }
    Ok(Sizes::Each(Table::of(header, 12, 4, samples, faults)))
}

/// Goes through a table, a piece at a time.
pub(super) struct Cursor {
    table: Table,
    index: u64,
    piece: Vec<u8>,
    piece_at: usize,
}

impl Cursor {
    const PIECE_ENTRIES: usize = 1024;

    fn new(table: Table) -> Self {
        Self { table, index: 0, piece: Vec::new(), piece_at: 0 }
    }

    /// The next entry, `None` at the end of the table or of the file.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Fields<'_>>> {
        let len = self.table.entry_bytes;
        if self.piece_at + len > self.piece.len() {
            let left = self.table.entries.saturating_sub(self.index);
            let entries = usize::try_from(left).unwrap_or(usize::MAX).min(Self::PIECE_ENTRIES);
            if entries == 0 {
                return Ok(None);
            }
            let at = self.table.first_at.saturating_add(self.index.saturating_mul(len as u64));
            self.piece.resize(entries * len, 0);
            let got = reader.read_around(&mut self.piece, at)?;
            self.piece.truncate(got);
            self.piece_at = 0;
            if got < len {
                return Ok(None);
            }
        }
        self.index += 1;
        let entry = &self.piece[self.piece_at..self.piece_at + len];
        self.piece_at += len;
        Ok(Some(Fields(entry)))
    }
}

/// A table of (count, value), one value at a time; behind its end the last value goes on.
struct Runs {
    cursor: Cursor,
    left: u32,
    value: u32,
    has_ended: bool,
}

impl Runs {
    fn new(table: Table) -> Self {
        Self { cursor: table.cursor(), left: 0, value: 0, has_ended: false }
    }

    fn next(&mut self, reader: &mut Reader<'_>) -> Result<u32> {
        while self.left == 0 && !self.has_ended {
            match self.cursor.next(reader)? {
                Some(mut entry) => {
                    self.left = entry.u32().unwrap_or(0);
                    self.value = entry.u32().unwrap_or(0);
                }
                None => self.has_ended = true,
            }
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.value)
    }
}

/// One sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    /// Its number, from 1.
    pub(super) number: u64,
    /// When it is decoded, in units of the track's timescale.
    pub(super) decode_time: u64,
    /// How much later it is shown (earlier where negative).
    pub(super) composition_offset: i32,
    pub(super) duration: u32,
    pub(super) offset_bytes: u64,
    pub(super) len_bytes: u32,
}

/// The samples of a track in decoding order.
pub(super) struct Samples {
    count: u64,
    stts: Runs,
    ctts: Option<Runs>,
    stsc: Cursor,
    next_stsc: Option<(u64, u32)>,
    stco: Cursor,
    stco_is_wide: bool,
    stsz: Option<Cursor>,
    same_len_bytes: Option<u32>,
    number: u64,
    decode_time: u64,
    chunk: u64,
    left_in_chunk: u32,
    chunk_len: u32,
    offset_bytes: u64,
}

impl Samples {
    /// The next sample; `None` when any of the tables ends.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Sample>> {
        if self.number >= self.count.min(limits::KEY_FRAME_SAMPLES_MAX) {
            return Ok(None);
        }
        if self.left_in_chunk == 0 && !self.next_chunk(reader)? {
            return Ok(None);
        }
        let len_bytes = match (&mut self.stsz, self.same_len_bytes) {
            (Some(cursor), _) => {
                let Some(mut entry) = cursor.next(reader)? else { return Ok(None) };
                entry.u32().unwrap_or(0)
            }
            (None, same) => same.unwrap_or(0),
        };
        let duration = self.stts.next(reader)?;
        let composition_offset = match &mut self.ctts {
            Some(runs) => runs.next(reader)?.cast_signed(),
            None => 0,
        };
        self.number += 1;
        let sample = Sample {
            number: self.number,
            decode_time: self.decode_time,
            composition_offset,
            duration,
            offset_bytes: self.offset_bytes,
            len_bytes,
        };
        self.left_in_chunk -= 1;
        self.decode_time = self.decode_time.saturating_add(duration.into());
        self.offset_bytes = self.offset_bytes.saturating_add(len_bytes.into());
        Ok(Some(sample))
    }

    fn next_chunk(&mut self, reader: &mut Reader<'_>) -> Result<bool> {
        let Some(mut entry) = self.stco.next(reader)? else { return Ok(false) };
        self.offset_bytes = entry.u32_or_u64(self.stco_is_wide).unwrap_or(u64::MAX);
        self.chunk += 1;
        if self.chunk == 1 {
            self.next_stsc = read_run_of_chunks(&mut self.stsc, reader)?;
        }
        // An entry holds from its first chunk on, until the next entry begins.
        while let Some((first, samples)) = self.next_stsc
            && first <= self.chunk
        {
            self.chunk_len = samples;
            self.next_stsc = read_run_of_chunks(&mut self.stsc, reader)?;
        }
        self.left_in_chunk = self.chunk_len;
        Ok(self.left_in_chunk > 0)
    }
}

fn read_run_of_chunks(stsc: &mut Cursor, reader: &mut Reader<'_>) -> Result<Option<(u64, u32)>> {
    let Some(mut entry) = stsc.next(reader)? else { return Ok(None) };
    Ok(entry.u32().zip(entry.u32()).map(|(first, samples)| (first.into(), samples)))
}
