//! A file in a media folder: how it is named, opened and told from its predecessor.
//!
//! An object is a length, a version and its bytes. Names are [`Key`]s, which cannot leave their
//! root, and are opened by [`Root::open`], which the kernel confines once more. Readers share
//! what is open through [`OpenFiles`].

mod key;
mod local;
mod open_files;

pub use key::{Key, NotAKey};
pub use local::{Object, Root, Version};
pub use open_files::OpenFiles;

use std::io;

/// Bytes that can be read at any place: a file, or memory in tests.
///
/// The one source that parsers read from, so that each read is bounded by the caller's buffer.
pub trait ReadAt {
    /// How many bytes there were when the source was opened.
    fn len_bytes(&self) -> u64;

    /// Reads into `buffer` from `offset_bytes`; returns how many bytes were read, 0 at the end.
    ///
    /// Blocks on the disk.
    fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize>;

    /// Fills `buffer` from `offset_bytes`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] if the source ends before the buffer is full.
    fn read_exact_at(&self, mut buffer: &mut [u8], mut offset_bytes: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(buffer, offset_bytes)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => {
                    buffer = &mut buffer[n..];
                    offset_bytes += n as u64;
                }
            }
        }
        Ok(())
    }
}

impl ReadAt for [u8] {
    fn len_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
        let Some(rest) = usize::try_from(offset_bytes).ok().and_then(|at| self.get(at..)) else {
            return Ok(0);
        };
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

/// A reference reads as what it points to, so that a slice can be lent where `dyn ReadAt` is asked.
impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn len_bytes(&self) -> u64 {
        (**self).len_bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset_bytes: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset_bytes)
    }
}
