//! Whether a file of a container that we do not walk is all there, by its first bytes and its last.
//!
//! `ffprobe` describes half a download without a word. Where a header tells the length, or the last
//! unit tells its own, one read finds out. Transport streams and FLAC have nothing of the kind.

use super::bytes::{Faults, Fields, Reader};
use super::info::Container;
use super::sniff::Sniffed;
use crate::error::Result;

/// Bytes of one Ogg page: 27, 255 lengths and their segments (RFC 3533 §6).
const OGG_PAGE_BYTES_MAX: u64 = 27 + 255 + 255 * 255;

/// Tells of a file whose end is missing. Reads up to one page of Ogg.
pub(super) fn check(reader: &mut Reader<'_>, sniffed: Sniffed, faults: &mut Faults) -> Result<()> {
    let is_whole = match sniffed.container {
        Container::Avi | Container::Wav => has_chunk(reader, b"RIFF", u32::from_le_bytes)?,
        Container::Other if sniffed.demuxer == "aiff" => {
            has_chunk(reader, b"FORM", u32::from_be_bytes)?
        }
        Container::Flv => ends_with_flv_tag(reader)?,
        Container::Ogg => ends_with_ogg_page(reader)?,
        _ => true,
    };
    if !is_whole {
        faults.add(format!(
            "it ends at byte {} in the middle of its data: the file is incomplete (a download or \
             copy that did not finish?)",
            reader.len_bytes()
        ));
    }
    Ok(())
}

/// The length behind the first four letters holds. Who writes to a pipe leaves a number of at
/// least 2^31 - 2^16 there, in more than one way.
fn has_chunk(reader: &mut Reader<'_>, kind: &[u8], number: fn([u8; 4]) -> u32) -> Result<bool> {
    const UNKNOWN_MIN: u32 = 0x7fff_0000;
    let len_bytes = reader.len_bytes();
    let mut fields = Fields(reader.exactly(0, 8)?);
    let is_kind = fields.take(4) == Some(kind);
    let said = fields.array().map_or(0, number);
    Ok(!is_kind || said >= UNKNOWN_MIN || u64::from(said) + 8 <= len_bytes)
}

/// Behind each tag stands its length (Adobe FLV specification 10.1, §E.3), which the tag itself
/// tells, too.
fn ends_with_flv_tag(reader: &mut Reader<'_>) -> Result<bool> {
    /// The header of the file and the first length, which is 0.
    const HEAD_BYTES: u64 = 13;
    let Some(end) = reader.len_bytes().checked_sub(4).filter(|end| *end >= HEAD_BYTES) else {
        return Ok(false);
    };
    let said = u64::from(Fields(reader.exactly(end, 4)?).u32().unwrap_or(0));
    let Some(at) = end.checked_sub(said).filter(|at| *at >= HEAD_BYTES && said >= 11) else {
        return Ok(false);
    };
    let head = Fields(reader.exactly(at, 4)?).u32().unwrap_or(0);
    Ok(u64::from(head & 0x00ff_ffff) + 11 == said)
}

/// The last page reaches to the end of the file at most.
fn ends_with_ogg_page(reader: &mut Reader<'_>) -> Result<bool> {
    let len_bytes = reader.len_bytes();
    let tail_at = len_bytes.saturating_sub(OGG_PAGE_BYTES_MAX);
    let tail = reader.up_to(tail_at, usize::try_from(OGG_PAGE_BYTES_MAX).unwrap_or(0))?;
    let Some(page_at) = tail.windows(4).rposition(|letters| letters == b"OggS") else {
        // Another kind of data stands behind it.
        return Ok(true);
    };
    Ok(skip_ogg_page(Fields(&tail[page_at..])).is_some())
}

fn skip_ogg_page(mut fields: Fields<'_>) -> Option<()> {
    fields.skip(26)?;
    let count = fields.u8()?;
    let lengths = fields.take(count.into())?;
    fields.skip(lengths.iter().map(|len| usize::from(*len)).sum())
}

#[cfg(test)]
mod tests {
    use super::super::sniff;
    use super::*;

    #[track_caller]
    fn check_cuts(bytes: &[u8], is_told: impl Fn(usize) -> bool) {
        for len in 0..=bytes.len() {
            let head = &bytes[..len];
            let reader = &mut Reader::new(&head);
            let Ok(sniffed) = sniff::sniff(reader) else { continue };
            let mut faults = Faults::default();
            let checked = check(reader, sniffed, &mut faults);
            faults.keep(checked);
            assert_eq!(!faults.0.is_empty(), is_told(len), "cut at {len}: {:?}", faults.0);
        }
    }

    #[test]
    fn a_file_whose_end_is_missing_is_told_wherever_it_is_cut() {
        let riff = [&b"RIFF\x20\0\0\0AVI "[..], &[7; 28]].concat();
        check_cuts(&riff, |len| len < 40);
        let aiff = [&b"FORM\0\0\0\x20AIFF"[..], &[7; 28]].concat();
        check_cuts(&aiff, |len| len < 40);
        let tag = [&[9, 0, 0, 20][..], &[0; 7], &[1; 20], &[0, 0, 0, 31]].concat();
        let flv = [&b"FLV\x01\x05\0\0\0\x09\0\0\0\0"[..], &tag, &tag].concat();
        check_cuts(&flv, |len| len != 48 && len < 83);
        let page = [&b"OggS\0\x02"[..], &[0; 20], &[2, 5, 6], &[1; 11]].concat();
        let ogg = [page.clone(), page].concat();
        // Three letters do not make a page.
        check_cuts(&ogg, |len| !(40..44).contains(&len) && len < 80);
    }

    #[test]
    fn a_length_that_was_never_filled_in_tells_nothing() {
        for length in [[0xff; 4], [0, 0, 0xff, 0x7f]] {
            let wav = [&b"RIFF"[..], &length, b"WAVEfmt "].concat();
            check_cuts(&wav, |_| false);
        }
        check_cuts(b"RF64\xff\xff\xff\xffWAVEds64", |_| false);
    }
}
