//! Reading of headers within bounds: a window over the file, a budget of bytes and of steps.
//!
//! The walkers go forward mostly, in small bites. A window of 64 KiB serves a small file with one
//! read; a jump (to the end, to the next fragment) reads only 8 KiB, since most of what lies there
//! is skipped.

use std::fmt::Display;

use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::storage::ReadAt;

const WINDOW_BYTES: usize = 64 << 10;
const JUMP_BYTES: usize = 8 << 10;

/// An [`Kind::Invalid`] error; its text is a sentence that people read among the scan's findings.
pub(super) fn invalid(text: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, text)
}

/// A file with a window over it and a budget for what may still be read.
pub(super) struct Reader<'a> {
    source: &'a dyn ReadAt,
    len_bytes: u64,
    window: Vec<u8>,
    window_at: u64,
    bytes_left: u64,
    steps_left: u32,
}

impl<'a> Reader<'a> {
    /// A reader for describing a file.
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self::with_budget(source, limits::PROBE_READ_BYTES_MAX, limits::PROBE_ELEMENTS_MAX)
    }

    pub(super) fn with_budget(source: &'a dyn ReadAt, bytes_max: u64, steps_max: u32) -> Self {
        Self {
            source,
            len_bytes: source.len_bytes(),
            window: Vec::new(),
            window_at: 0,
            bytes_left: bytes_max,
            steps_left: steps_max,
        }
    }

    /// A reader of the same file for a part of the work, with bounds of its own.
    pub(super) fn with_less(&self, bytes_max: u64, steps_max: u32) -> Self {
        Self::with_budget(self.source, bytes_max, steps_max)
    }

    /// Whether a bound was reached: what is missing then says nothing of the file.
    pub(super) fn is_spent(&self) -> bool {
        self.steps_left == 0 || self.bytes_left < WINDOW_BYTES as u64
    }

    pub(super) fn len_bytes(&self) -> u64 {
        self.len_bytes
    }

    /// Counts one box or element.
    ///
    /// # Errors
    /// When there were more than any honest file has.
    pub(super) fn step(&mut self) -> Result<()> {
        self.steps_left = self
            .steps_left
            .checked_sub(1)
            .ok_or_else(|| invalid("it has more boxes or elements than any file should have"))?;
        Ok(())
    }

    /// The bytes from `at`: `len` of them, or as many as the file has there.
    ///
    /// # Errors
    /// Reading failed, or the file wants more to be read than its headers should take.
    pub(super) fn up_to(&mut self, at: u64, len: usize) -> Result<&[u8]> {
        let there = usize::try_from(self.len_bytes.saturating_sub(at)).unwrap_or(usize::MAX);
        let len = len.min(there);
        let inside = at
            .checked_sub(self.window_at)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| skip.checked_add(len).is_some_and(|end| end <= self.window.len()));
        let skip = if let Some(skip) = inside {
            skip
        } else {
            self.move_window(at, len, there)?;
            0
        };
        let len = len.min(self.window.len().saturating_sub(skip));
        Ok(&self.window[skip..skip + len])
    }

    /// The `len` bytes from `at`.
    ///
    /// # Errors
    /// As [`Reader::up_to`], and when the file ends before.
    pub(super) fn exactly(&mut self, at: u64, len: usize) -> Result<&[u8]> {
        let file_len_bytes = self.len_bytes;
        let bytes = self.up_to(at, len)?;
        if bytes.len() < len {
            return Err(invalid(format!(
                "the file ends at byte {file_len_bytes}, but {len} bytes should stand at byte {at}"
            )));
        }
        Ok(bytes)
    }

    /// Fills `buffer` from `at` without moving the window; returns how many bytes there were.
    pub(super) fn read_around(&mut self, buffer: &mut [u8], at: u64) -> Result<usize> {
        let inside = at.checked_sub(self.window_at).and_then(|skip| usize::try_from(skip).ok());
        if let Some(bytes) = inside
            .and_then(|skip| self.window.get(skip..))
            .and_then(|rest| rest.get(..buffer.len()))
        {
            buffer.copy_from_slice(bytes);
            return Ok(buffer.len());
        }
        self.spend(buffer.len())?;
        fill(self.source, buffer, at)
    }

    fn move_window(&mut self, at: u64, len: usize, there: usize) -> Result<()> {
        let end = self.window_at.saturating_add(self.window.len() as u64);
        // The first read and one that goes on near the window's end are worth a whole window.
        let goes_on = (self.window_at..=end.saturating_add(JUMP_BYTES as u64)).contains(&at);
        let wanted = len.max(if goes_on { WINDOW_BYTES } else { JUMP_BYTES }).min(there);
        self.spend(wanted)?;
        self.window.resize(wanted, 0);
        self.window_at = at;
        let got = fill(self.source, &mut self.window, at);
        self.window.truncate(*got.as_ref().unwrap_or(&0));
        got.map(|_| ())
    }

    fn spend(&mut self, len: usize) -> Result<()> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(len as u64)
            .ok_or_else(|| invalid("its headers are larger than any file should have"))?;
        Ok(())
    }
}

/// Reads until the buffer is full or the source ends. A file may shrink while it is read.
fn fill(source: &dyn ReadAt, buffer: &mut [u8], at: u64) -> Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        let n = source
            .read_at(&mut buffer[got..], at.saturating_add(got as u64))
            .map_err(|error| Error::io(format!("reading at byte {at}"), error))?;
        if n == 0 {
            break;
        }
        got += n;
    }
    Ok(got)
}

/// The fields of a box or element that is held in memory, big-endian, in order.
///
/// `None` where the bytes end; the caller knows which box or element that makes too short.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn skip(&mut self, len: usize) -> Option<()> {
        self.take(len).map(|_| ())
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// 64 bits in version 1 of a box, else 32.
    pub(super) fn u32_or_u64(&mut self, wide: bool) -> Option<u64> {
        if wide { self.u64() } else { self.u32().map(u64::from) }
    }
}

/// Bits of a few bytes, most significant first.
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    pub(crate) fn skip(&mut self, count: u32) -> Option<()> {
        self.at = self.at.checked_add(usize::try_from(count).ok()?)?;
        (self.at <= self.bytes.len().checked_mul(8)?).then_some(())
    }

    /// An unsigned number in Exp-Golomb code (ITU-T H.265 §9.2); a signed one is as long.
    pub(crate) fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        if zeros > 31 {
            return None;
        }
        Some((1_u32 << zeros) - 1 + self.take(zeros)?)
    }

    /// Passes over so many numbers in Exp-Golomb code.
    pub(crate) fn skip_exp_golombs(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.exp_golomb().map(drop))
    }

    /// Passes over what is left of a byte that was begun.
    pub(crate) fn skip_to_byte(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }

    /// How many bits were taken.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The next `count` bits, at most 32.
    pub(crate) fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

/// The text in `bytes`, fit to be shown: no control characters, no marks that turn the direction
/// of what stands behind it, no blanks around it, cut to `len_bytes_max`. `None` if nothing is left.
pub(super) fn text(bytes: &[u8], len_bytes_max: usize) -> Option<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let head = &bytes[..end.min(len_bytes_max)];
    let whole = String::from_utf8_lossy(head);
    // A character that the cut went through is dropped rather than shown as damage.
    let whole = if end > len_bytes_max { whole.trim_end_matches('\u{fffd}') } else { &whole };
    let clean: String = whole
        .chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// `value` in units of `timescale` a second, in milliseconds; `None` without a timescale.
pub(super) fn to_ms(value: u64, timescale: u64) -> Option<u64> {
    let ms = (u128::from(value) * 1000 + u128::from(timescale) / 2)
        .checked_div(u128::from(timescale))?;
    Some(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// What was wrong but leaves a description, bounded in number.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<String>);

impl Faults {
    pub(super) fn add(&mut self, fault: impl Display) {
        if self.0.len() < limits::PROBE_FAULTS_MAX {
            let fault = fault.to_string();
            if !self.0.contains(&fault) {
                self.0.push(fault);
            }
        }
    }

    /// The value, or `None` and its error as a fault: for parts that a description can do without.
    pub(super) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error.chain())).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io;

    use super::*;

    struct Counted<'a> {
        bytes: &'a [u8],
        reads: Cell<u32>,
    }

    impl ReadAt for Counted<'_> {
        fn len_bytes(&self) -> u64 {
            self.bytes.len_bytes()
        }

        fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
            self.reads.set(self.reads.get() + 1);
            self.bytes.read_at(buffer, offset_bytes)
        }
    }

    #[test]
    fn a_small_file_is_read_once() {
        let bytes = vec![7; 40_000];
        let source = Counted { bytes: &bytes, reads: Cell::new(0) };
        let mut reader = Reader::new(&source);
        for at in 0..40_000 {
            assert_eq!(reader.exactly(at, 1).expect("there"), [7]);
        }
        assert_eq!(source.reads.get(), 1);
    }

    #[test]
    fn reading_ends_with_the_file_and_with_the_budget() {
        let bytes = [1, 2, 3];
        let source = Counted { bytes: &bytes, reads: Cell::new(0) };
        let mut reader = Reader::with_budget(&source, 5, 1);
        assert_eq!(reader.up_to(1, 9).expect("two bytes"), [2, 3]);
        assert!(reader.up_to(u64::MAX, 9).expect("nothing").is_empty());
        assert!(reader.exactly(1, 3).is_err());
        let mut buffer = [0; 8];
        assert!(reader.read_around(&mut buffer, 0).is_err());
        assert!(reader.step().is_ok());
        assert!(reader.step().is_err());
    }

    #[test]
    fn text_is_fit_to_be_shown() {
        let cases: &[(&[u8], usize, Option<&str>)] = &[
            (b"Alien", 64, Some("Alien")),
            (b"Alien\0junk", 64, Some("Alien")),
            (b" \t\0", 64, None),
            (b"", 64, None),
            (b"a\x1b[31mb", 64, Some("a [31mb")),
            ("a\u{202e}gpj.exe".as_bytes(), 64, Some("agpj.exe")),
            (b"a\xffb", 64, Some("a\u{fffd}b")),
            ("über".as_bytes(), 1, None),
            ("über".as_bytes(), 3, Some("üb")),
        ];
        for (bytes, len_bytes_max, expected) in cases {
            assert_eq!(text(bytes, *len_bytes_max).as_deref(), *expected, "{bytes:?}");
        }
    }
}
