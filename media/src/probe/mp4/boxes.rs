//! The walk over boxes (ISO/IEC 14496-12 §4.2), one level at a time.
//!
//! Nothing here calls itself: the code that reads a `trak` asks for its children and then for
//! theirs, so the depth is that of the code, whatever a file nests.

use std::fmt;

use crate::error::Result;
use crate::limits;
use crate::probe::bytes::{Fields, Reader, invalid};
use crate::probe::codecs::four_letters;

/// Where a box stands: all offsets in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxHeader {
    pub(super) kind: [u8; 4],
    /// First byte of the box.
    pub(super) at: u64,
    /// First byte behind size and kind.
    pub(super) body: u64,
    /// First byte behind the box, cut to the end of what holds it.
    pub(super) end: u64,
    /// The box says that it reaches further than what holds it.
    pub(super) is_cut: bool,
}

impl fmt::Display for BoxHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} box at byte {}", four_letters(self.kind), self.at)
    }
}

impl BoxHeader {
    pub(super) fn body_len_bytes(&self) -> u64 {
        self.end.saturating_sub(self.body)
    }

    /// The boxes inside, behind `skip_bytes` of fields.
    pub(super) fn children(&self, skip_bytes: u64) -> Children {
        Children { at: self.body.saturating_add(skip_bytes), end: self.end }
    }

    /// The first box of this kind inside; damage before it is an error.
    pub(super) fn child(
        &self,
        reader: &mut Reader<'_>,
        kind: [u8; 4],
    ) -> Result<Option<BoxHeader>> {
        let mut children = self.children(0);
        while let Some(child) = children.next(reader)? {
            if child.kind == kind {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }

    /// Reads the fields of a box that has no children.
    ///
    /// # Errors
    /// The box ends before its fields do (`read` returned `None`).
    pub(super) fn fields<T>(
        &self,
        reader: &mut Reader<'_>,
        read: impl FnOnce(Fields<'_>) -> Option<T>,
    ) -> Result<T> {
        let len = self.body_len_bytes().min(limits::PROBE_LEAF_BYTES_MAX);
        let bytes = reader.up_to(self.body, usize::try_from(len).expect("a leaf is small"))?;
        read(Fields(bytes)).ok_or_else(|| invalid(format!("{self} is too short")))
    }

    /// As [`BoxHeader::fields`] for a full box, whose version and flags come first (§4.2.2).
    pub(super) fn full_fields<T>(
        &self,
        reader: &mut Reader<'_>,
        read: impl FnOnce(u8, u32, Fields<'_>) -> Option<T>,
    ) -> Result<T> {
        self.fields(reader, |mut fields| {
            let word = fields.u32()?;
            read((word >> 24) as u8, word & 0x00ff_ffff, fields)
        })
    }
}

/// Boxes side by side.
pub(super) struct Children {
    at: u64,
    end: u64,
}

impl Children {
    /// The boxes of the whole file.
    pub(super) fn of_file(reader: &Reader<'_>) -> Self {
        Self { at: 0, end: reader.len_bytes() }
    }

    /// Boxes between two offsets.
    pub(super) fn between(at: u64, end: u64) -> Self {
        Self { at, end }
    }

    /// The next box, which lies wholly inside.
    ///
    /// # Errors
    /// The box is smaller than its own header, or larger than what holds it.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<BoxHeader>> {
        let next = self.next_or_cut(reader)?;
        match next {
            Some(header) if header.is_cut => {
                Err(invalid(format!("{header} is larger than the box that holds it")))
            }
            _ => Ok(next),
        }
    }

    /// As [`Children::next`], but a box that reaches too far is cut and says so.
    pub(super) fn next_or_cut(&mut self, reader: &mut Reader<'_>) -> Result<Option<BoxHeader>> {
        // QuickTime ends some lists by four zero bytes; less than a header is padding.
        if self.end.saturating_sub(self.at) < 8 {
            return Ok(None);
        }
        reader.step()?;
        let at = self.at;
        let head = Fields(reader.up_to(at, 16)?);
        let Some((size, kind, large)) = box_head(head) else { return Ok(None) };
        let (body, size) = match size {
            // To the end of what holds it (§4.2.2).
            0 => (at + 8, self.end - at),
            1 => {
                let large = large.ok_or_else(|| {
                    invalid(format!("the {} box at byte {at} is cut", four_letters(kind)))
                })?;
                (at.saturating_add(16), large)
            }
            size => (at + 8, u64::from(size)),
        };
        let end = at.saturating_add(size);
        if end < body {
            let kind = four_letters(kind);
            return Err(invalid(format!(
                "the {kind} box at byte {at} says {size} bytes, less than its own header"
            )));
        }
        let is_cut = end > self.end;
        let end = end.min(self.end);
        self.at = end;
        Ok(Some(BoxHeader { kind, at, body: body.min(end), end, is_cut }))
    }
}

fn box_head(mut fields: Fields<'_>) -> Option<(u32, [u8; 4], Option<u64>)> {
    Some((fields.u32()?, fields.array()?, fields.u64()))
}
