//! Why there is no value, in words and as what a caller can act on.

use crate::error::{Error, Kind};

/// What happened to an ask, other than its own work failing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// All places of its priority are taken.
    QueueFull,
    /// All tickets are out.
    TooManyAskers,
    /// It wants more memory than there ever is.
    TooLarge,
    /// It wants memory that abandoned threads hold.
    MemoryHeld,
    /// There are as many abandoned threads as may be.
    TooManyAbandoned,
    /// Its turn did not come in time.
    WaitedTooLong,
    /// It ran, and did not end in time.
    RanTooLong,
    /// It panicked.
    Panicked,
    /// The pool takes nothing any more.
    Closed,
}

impl Why {
    pub(super) fn error(self) -> Error {
        let (kind, text) = match self {
            Self::QueueFull => (Kind::Busy, "waiting for a picture: the queue is full"),
            Self::TooManyAskers => (Kind::Busy, "waiting for a picture: too many wait already"),
            Self::TooLarge => (Kind::Unsupported, "making a picture: it needs too much memory"),
            Self::MemoryHeld => {
                (Kind::Busy, "making a picture: memory is held by others that take too long")
            }
            Self::TooManyAbandoned => {
                (Kind::Busy, "making a picture: too many others do not come to an end")
            }
            Self::WaitedTooLong => (Kind::Busy, "waiting for a picture: its turn did not come"),
            Self::RanTooLong => (Kind::Busy, "making a picture: it took too long"),
            Self::Panicked => (Kind::Internal, "making a picture: a fault of ours"),
            Self::Closed => (Kind::Unavailable, "making a picture: the server is stopping"),
        };
        Error::new(kind, text)
    }
}
