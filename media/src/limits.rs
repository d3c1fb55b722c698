//! Where things end. Every bound of this crate stands here with its reason.

use std::time::Duration;

/// Bytes of one name in a folder that are looked at; Linux allows 255.
pub const NAME_BYTES_MAX: usize = 255;

/// Bytes of a path below its root. Linux allows 4096 for a whole path.
pub const KEY_BYTES_MAX: usize = 4096;

/// Files held open for viewers to share; a file being sent counts only while it is in the cache.
/// The rest of a process' descriptors is for connections.
pub const OPEN_FILES_MAX: u64 = 256;

/// How long a file that nobody asks for stays open.
pub const OPEN_FILES_IDLE_MAX: Duration = Duration::from_secs(30);

/// Files being opened at once below one root. More do not make a disk quicker, and a root that
/// does not answer holds this many threads at most.
pub const OPENINGS_PER_ROOT_MAX: usize = 8;

/// How long a request waits for its file to be opened: longer than a disk takes to spin up.
pub const OPENING_WAIT_MAX: Duration = Duration::from_secs(20);
