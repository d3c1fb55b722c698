//! The walk over EBML elements (RFC 8794), one level at a time, and the reading of their values.

use std::fmt;

use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Fields, Reader, invalid, text};

/// Where an element stands: all offsets in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) id: u32,
    /// First byte of the element.
    pub(super) at: u64,
    /// First byte behind id and size.
    pub(super) body: u64,
    /// First byte behind the element, cut to the end of what holds it.
    pub(super) end: u64,
    /// A live recording does not know its size (RFC 8794 §6.2); `end` is then that of its parent.
    pub(super) has_unknown_size: bool,
    /// The element says that it reaches further than what holds it.
    pub(super) is_cut: bool,
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} element at byte {}", super::ids::name(self.id), self.at)
    }
}

impl Element {
    /// The elements inside.
    pub(super) fn children(&self) -> Children {
        Children { at: self.body, end: self.end }
    }

    pub(super) fn len_bytes(&self) -> u64 {
        self.end.saturating_sub(self.body)
    }

    /// The value, as far as a leaf may be long.
    pub(super) fn bytes<'r>(&self, reader: &'r mut Reader<'_>) -> Result<&'r [u8]> {
        let len = self.len_bytes().min(limits::PROBE_LEAF_BYTES_MAX);
        reader.up_to(self.body, usize::try_from(len).expect("a leaf is small"))
    }

    /// An unsigned integer of 0 to 8 bytes (§7.2); none is 0.
    pub(super) fn uint(&self, reader: &mut Reader<'_>) -> Result<u64> {
        if self.len_bytes() > 8 {
            return Err(invalid(format!("{self} is no number: it has {} bytes", self.len_bytes())));
        }
        Ok(self.bytes(reader)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// A float of 0, 4 or 8 bytes (§7.3).
    pub(super) fn float(&self, reader: &mut Reader<'_>) -> Result<f64> {
        let mut fields = Fields(self.bytes(reader)?);
        let value = match fields.0.len() {
            0 => Some(0.0),
            4 => fields.u32().map(|bits| f32::from_bits(bits).into()),
            8 => fields.u64().map(f64::from_bits),
            _ => None,
        };
        value.ok_or_else(|| {
            invalid(format!("{self} is no number: it has {} bytes", self.len_bytes()))
        })
    }

    /// A text, fit to be shown; `None` when empty.
    pub(super) fn text(&self, reader: &mut Reader<'_>) -> Result<Option<String>> {
        Ok(text(self.bytes(reader)?, limits::PROBE_TEXT_BYTES_MAX))
    }
}

/// Elements side by side.
pub(super) struct Children {
    at: u64,
    end: u64,
}

impl Children {
    /// Elements between two offsets.
    pub(super) fn between(at: u64, end: u64) -> Self {
        Self { at, end }
    }

    /// Where the next element begins.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next element, which lies wholly inside.
    ///
    /// # Errors
    /// The bytes are no element, or it is larger than what holds it.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Element>> {
        let next = self.next_or_cut(reader)?;
        match next {
            Some(element) if element.is_cut => {
                Err(invalid(format!("{element} is larger than the element that holds it")))
            }
            _ => Ok(next),
        }
    }

    /// As [`Children::next`], but an element that reaches too far is cut and says so.
    pub(super) fn next_or_cut(&mut self, reader: &mut Reader<'_>) -> Result<Option<Element>> {
        let at = self.at;
        if at >= self.end {
            return Ok(None);
        }
        reader.step()?;
        let head = reader.up_to(at, 12)?;
        let Some((id, id_len, size, size_len)) = element_head(head) else {
            return Err(invalid(format!("the bytes at {at} are no EBML element")));
        };
        let body = at + (id_len + size_len) as u64;
        let end = match size {
            Some(size) => body.saturating_add(size),
            None => self.end,
        };
        let is_cut = end > self.end || body > self.end;
        let end = end.min(self.end);
        self.at = end;
        let has_unknown_size = size.is_none();
        Ok(Some(Element { id, at, body: body.min(end), end, has_unknown_size, is_cut }))
    }
}

/// Id, its length, size (`None` if unknown) and its length (RFC 8794 §5, §6).
fn element_head(head: &[u8]) -> Option<(u32, usize, Option<u64>, usize)> {
    let id_len = head.first()?.leading_zeros() as usize + 1;
    if id_len > 4 {
        return None;
    }
    let id = head.get(..id_len)?.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let rest = &head[id_len..];
    let (size, size_len) = variable_int(rest)?;
    Some((id, id_len, size, size_len))
}

/// A variable-length integer and how many bytes it takes; all ones are no value (§4).
pub(super) fn variable_int(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let first = *bytes.first()?;
    let len = first.leading_zeros() as usize + 1;
    if len > 8 {
        return None;
    }
    let raw = bytes.get(..len)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let ones = (1_u64 << (7 * len)) - 1;
    let value = raw & ones;
    Some(((value != ones).then_some(value), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_one_to_eight_bytes() {
        type Value = Option<(Option<u64>, usize)>;
        let cases: &[(&[u8], Value)] = &[
            (&[0x80], Some((Some(0), 1))),
            (&[0xfe], Some((Some(126), 1))),
            (&[0xff], Some((None, 1))),
            (&[0x40, 0x02], Some((Some(2), 2))),
            (&[0x01, 0, 0, 0, 0, 0, 0, 5], Some((Some(5), 8))),
            (&[0x01, 255, 255, 255, 255, 255, 255, 255], Some((None, 8))),
            (&[0x01, 255, 255, 255, 255, 255, 255, 254], Some((Some((1 << 56) - 2), 8))),
            (&[0x00, 0, 0, 0, 0, 0, 0, 0, 1], None),
            (&[0x40], None),
            (&[], None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(variable_int(bytes), *expected, "{bytes:?}");
        }
    }
}
