//! The one error of this crate: a kind from a short list, what was being done, and the source.
//!
//! Callers decide by [`Kind`] alone. The text says what was being done and does not repeat the
//! source; whoever logs prints the chain.

use std::error::Error as StdError;
use std::fmt;

use rustix::io::Errno;

/// What went wrong, as far as a caller can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What was asked for does not exist (or no longer does).
    NotFound,
    /// What was asked for contradicts what is there: a name that is taken, a bound that is reached
    /// until something is removed.
    Conflict,
    /// What was given cannot be right: a malformed file, name or value.
    Invalid,
    /// Well formed, but nothing here can read it.
    Unsupported,
    /// It exists but cannot be reached now: an unmounted root, a locked catalog.
    Unavailable,
    /// A bound is reached; the same call may succeed later.
    Busy,
    /// The disk holding the data folder is full.
    DiskFull,
    /// The catalog on disk is damaged, or was written by a newer version.
    BadCatalog,
    /// The system refused access.
    Denied,
    /// Any other failure of reading or writing.
    Io,
    /// A fault of our own.
    Internal,
}

/// An error with its [`Kind`], what was being done, and the cause where there is one.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    doing: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of whatever in this crate may fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a cause beneath it.
    pub fn new(kind: Kind, doing: impl Into<String>) -> Self {
        Self { kind, doing: doing.into(), source: None }
    }

    /// An error with the cause that led to it.
    pub fn with_source(
        kind: Kind,
        doing: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, doing: doing.into(), source: Some(source.into()) }
    }

    /// An error of the operating system, its kind taken from the error number.
    pub fn io(doing: impl Into<String>, source: std::io::Error) -> Self {
        Self::with_source(kind_of_io(&source), doing, source)
    }

    /// What a caller can act on.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The error and its causes in one line, for people and logs.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// What a failure of the system is to a caller.
pub(crate) fn kind_of_io(error: &std::io::Error) -> Kind {
    use std::io::ErrorKind;
    // This process, or the system, has as many files open as it may.
    if matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE)) {
        return Kind::Busy;
    }
    match error.kind() {
        ErrorKind::OutOfMemory => Kind::Busy,
        // ENOTDIR: a folder on the way was replaced by a file, so the name leads nowhere.
        ErrorKind::NotFound | ErrorKind::NotADirectory => Kind::NotFound,
        ErrorKind::PermissionDenied => Kind::Denied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Kind::DiskFull,
        // EIO and friends on a network file system are "not now" rather than "never".
        ErrorKind::StaleNetworkFileHandle
        | ErrorKind::TimedOut
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable => Kind::Unavailable,
        ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            Kind::Invalid
        }
        _ => Kind::Io,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_names_what_was_done_and_every_cause_once() {
        let inner = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let error = Error::io("opening films/alien.mkv", inner);
        assert_eq!(error.kind(), Kind::NotFound);
        assert_eq!(error.to_string(), "opening films/alien.mkv");
        assert_eq!(error.chain(), "opening films/alien.mkv: no such file");
    }

    #[test]
    fn what_passes_when_others_leave_is_busy() {
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM] {
            assert_eq!(Error::io("opening films/alien.mkv", errno.into()).kind(), Kind::Busy);
        }
    }
}
