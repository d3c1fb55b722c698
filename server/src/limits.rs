//! Where things end. Every bound of the server stands here with its reason; those an operator may
//! change are the defaults of [`crate::transport::ConnectionLimits`].

use std::time::Duration;

/// Connections open at once. A process may hold only 20,000 descriptors on many machines; the rest
/// is for open files, the catalog and listeners ([`OTHER_DESCRIPTORS`]).
pub const CONNECTIONS_MAX: usize = 19_500;

/// Descriptors kept for everything that is not a connection.
pub const OTHER_DESCRIPTORS: usize = 500;

/// Connections that the kernel has completed and we have not accepted yet. More than Linux' old
/// default of 128, so that a wave of players coming back after a restart is not refused.
pub const ACCEPT_BACKLOG: i32 = 4096;

/// Wait after `accept` failed because descriptors or memory ran out. Trying again at once would
/// spin: the connection stays in the backlog and the listener stays readable.
pub const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Time for a whole request head, from its first byte (from the accept on a new connection).
/// In total, so that a byte every few seconds does not prolong it.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection may stand between two requests.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a client may take nothing of an answer. One that takes slowly is kept as long as it
/// moves; a player that was paused longer comes back with a range.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// How long running answers may go on once the server was asked to stop.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request head: request line and header fields.
pub const REQUEST_HEAD_BYTES_MAX: usize = 32 * 1024;

/// Header fields of a request.
pub const REQUEST_HEADERS_MAX: usize = 100;

/// What hyper may buffer for one connection in each direction; no less than a whole request head.
pub const CONNECTION_BUFFER_BYTES: usize = 64 * 1024;

/// Payload that one connection may send before others get their turn, while few have work.
pub const QUANTUM_ALONE_BYTES: usize = 2 * 1024 * 1024;

/// The same while many connections could send on and on: a hundred of them then cost a newcomer
/// about 2 ms instead of 10.
pub const QUANTUM_SHARED_BYTES: usize = 512 * 1024;

/// From how many connections with more work than a quantum on they count as many.
pub const HUNGRY_CONNECTIONS_MANY: usize = 4;

/// Length of one placeholder: what a body hands to hyper at a time.
pub const PLACEHOLDER_BYTES: usize = 1024 * 1024;

/// Bytes looked at, and read ahead if they are on the disk, at a time. On a disk of 100 requests a
/// second it is the difference between 13 MB/s (the kernel's 128 KiB) and the disk's bandwidth.
pub const READ_AHEAD_WINDOW_BYTES: u64 = 2 * 1024 * 1024;

/// Distance of the pages that are probed where the kernel refuses to count resident pages; the
/// kernel reads ahead in stretches of about this length.
pub const RESIDENCY_PROBE_STEP_BYTES: usize = 256 * 1024;

/// Threads that wait for disks. More than one disk's queue is deep enough for spinning media, few
/// enough that a stalled network mount costs only memory for stacks.
pub const READ_AHEAD_THREADS: usize = 8;

/// Bytes that a reading body (TLS, tests) holds at a time.
pub const READING_BODY_CHUNK_BYTES: usize = 64 * 1024;

/// Ranges in one `Range` header. Players ask for one, resuming downloaders for a few.
pub const RANGES_MAX: usize = 64;

/// Bytes of a file name in `Content-Disposition`; the longest that Linux knows.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// A sendfile that took longer has waited for a disk although its pages were thought to be in
/// memory; such wrong guesses are counted.
pub const SLOW_SEND: Duration = Duration::from_millis(1);

const _: () = assert!(REQUEST_HEAD_BYTES_MAX <= CONNECTION_BUFFER_BYTES);
const _: () = assert!(PLACEHOLDER_BYTES <= QUANTUM_ALONE_BYTES);
const _: () = assert!(QUANTUM_SHARED_BYTES <= QUANTUM_ALONE_BYTES);
const _: () = assert!(QUANTUM_ALONE_BYTES as u64 <= READ_AHEAD_WINDOW_BYTES);

/// Requests to the API that are worked on at once; further ones are refused with 503. Many times
/// what browsers ask for, few enough that their answers fit in some megabytes.
pub const API_REQUESTS_MAX: usize = 256;

/// How long the API may take to answer a request.
pub const API_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a request's body. The longest that is understood is a progress of some 60 bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a request's path and query together.
pub const URI_BYTES_MAX: usize = 8 * 1024;

/// Clients that may follow `/api/v1/live` at once.
pub const LIVE_CLIENTS_MAX: usize = 256;

/// Streams that one live event lists; the sums in it cover all.
pub const LIVE_STREAMS_MAX: usize = 200;

/// Bytes of a search text.
pub const SEARCH_TEXT_BYTES_MAX: usize = 500;

/// Entries of a list when the client does not say.
pub const PAGE_ITEMS_DEFAULT: usize = 50;

/// Threads that may wait for disks outside the event loop and the transport's own pool: opening
/// files, starting, reading folders.
pub const BLOCKING_THREADS_MAX: usize = 64;

/// Bytes of a picture embedded in a media file that is shown.
pub const COVER_BYTES_MAX: usize = 16 * 1024 * 1024;
