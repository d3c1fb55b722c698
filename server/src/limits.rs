//! Where things end. Every bound of the server stands here with its reason; those an operator may
//! change are the defaults of [`crate::transport::ConnectionLimits`].

use std::ops::RangeInclusive;
use std::time::Duration;

use spillway_media::limits::FILMS_OPEN_MAX;

/// Connections open at once. A process may hold only 20,000 descriptors on many machines; the rest
/// is for open files, the catalog and listeners ([`OTHER_DESCRIPTORS`]).
pub const CONNECTIONS_MAX: usize = 19_500;

/// Connections open at once from one address. A browser opens 6, a downloader 16, a household of
/// 20 devices some hundred; so many are one program that went wrong or means harm, and it leaves
/// 95 of 100 places to the others.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 1_000;

/// Streams running at once to one address. A device plays one, and for a moment two when it seeks.
pub const STREAMS_PER_ADDRESS_MAX: usize = 250;

/// The lowest rate that streams can be limited to. Less would be taken for a client that takes
/// nothing, the more so when it is shared.
pub const BYTES_PER_SECOND_MIN: u64 = 64 * 1024;

/// Bytes that the kernel holds for a client beyond what is on the way to it. A player that is
/// paused costs this much; less costs more turns per byte.
pub const UNSENT_BYTES_MAX: u32 = 128 * 1024;

/// The same for those who come when many are connected, so that all together keep to
/// [`UNSENT_BYTES_ALL_MAX`]. Less means more turns; with 16 KiB some of 200 clients beside paused
/// ones waited a tenth of a second.
pub const UNSENT_BYTES_MIN: u32 = 64 * 1024;

/// Such bytes of all connections: enough for 10,000 with [`UNSENT_BYTES_MAX`] each. The kernel itself
/// begins to save at some 6 % of the memory and takes nothing more at 9 % (`tcp_mem`); it holds up to a
/// segment more for each.
pub const UNSENT_BYTES_ALL_MAX: u64 = 1856 * 1024 * 1024;

/// What that can be set to.
pub const UNSENT_BYTES_ALL_MAX_ALLOWED: RangeInclusive<u64> = 1024 * 1024..=1 << 40;

/// How long a refused connection is kept so that its client can read why, and how many of them.
pub const REFUSAL_LINGER: Duration = Duration::from_secs(1);
/// See [`REFUSAL_LINGER`]; further ones are closed at once.
pub const REFUSALS_LINGERING_MAX: usize = 40;

/// How long pictures being made are waited for at the end.
pub const THUMBNAIL_STOP_WAIT: Duration = Duration::from_secs(2);

/// Placeholders of pictures that wait to be written to the catalog: more than a page has. A further one
/// is left out until its picture is asked for again.
pub const PLACEHOLDERS_NOTED_MAX: usize = 256;

/// Descriptors kept for everything that is neither a connection, nor an open media file, nor an event
/// loop's: the catalog, scans, refused connections, processes that make pictures.
pub const OTHER_DESCRIPTORS: usize = 92;

/// Descriptors of one event loop: its epoll, a copy of that, what wakes it, and what tells it of signals.
pub const EVENT_LOOP_DESCRIPTORS: usize = 4;

/// Media files that are kept open for the next request.
pub const OPEN_FILES_MAX: u64 = spillway_media::limits::OPEN_FILES_MAX;

/// What that can be set to. Each takes a descriptor that could be a connection.
pub const OPEN_FILES_MAX_ALLOWED: RangeInclusive<u64> = 16..=4096;

/// Of so many open files, those whose headers are kept too; for more than these they are made anew.
pub const fn entities_max(open_files_max: u64) -> u64 {
    open_files_max / 2
}

/// Descriptors kept for everything that is not a connection. A file whose headers are kept may be one
/// that the cache of open files has let go; films that pictures are made of are open once more.
pub fn descriptors_kept(open_files_max: u64, event_loops: usize) -> usize {
    let files = open_files_max + entities_max(open_files_max) + FILMS_OPEN_MAX;
    OTHER_DESCRIPTORS
        + EVENT_LOOP_DESCRIPTORS * event_loops
        + usize::try_from(files).unwrap_or(usize::MAX / 4)
}

/// Connections that the kernel has completed and we have not accepted yet. More than Linux' old
/// default of 128, so that a wave of players coming back after a restart is not refused.
pub const ACCEPT_BACKLOG: i32 = 4096;

/// Wait after `accept` failed because descriptors or memory ran out. Trying again at once would
/// spin: the connection stays in the backlog and the listener stays readable.
pub const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Time for a whole request head, from its first byte (from the accept on a new connection).
/// In total, so that a byte every few seconds does not prolong it.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Time for a whole TLS handshake, from the accept on.
pub const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two looks at the files of certificate and key. A change is taken when it has stood
/// for one such time, as the two are written one after the other.
pub const TLS_FILES_LOOKED_AT_EVERY: Duration = Duration::from_secs(2);

/// Bytes of such a file; a long chain of certificates has some 20 KB.
pub const TLS_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Payload of a full TLS record (RFC 8446 §5.1).
pub const TLS_RECORD_BYTES_MAX: usize = 16 * 1024;

/// Records that the kernel sends on one connection: 256 GiB when they are full. As many as rustls
/// encrypts with one key of AES-GCM; it knows no limit without GCM. More is left to a new
/// connection, with new keys.
pub const KERNEL_TLS_RECORDS_MAX: u64 = 1 << 24;

/// Time until it is looked again whether a client of kernel TLS has everything, before its connection
/// is closed. It doubles with each look: most have it within a round trip, slow ones need minutes. The
/// wait ends after [`WRITE_STALL_TIMEOUT`] in which the client takes nothing.
pub const CLOSING_LOOKED_AT_AFTER: Duration = Duration::from_millis(10);

/// What that time grows to, and so how late a client that is slow learns that it has everything.
pub const CLOSING_LOOKED_AT_EVERY_MAX: Duration = Duration::from_secs(1);

/// How long a connection may stand between two requests.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a client may take nothing of an answer. One that takes slowly is kept as long as it
/// moves; a player that was paused longer comes back with a range.
pub const WRITE_STALL_TIMEOUT: Duration = Duration::from_mins(1);

/// How long running answers may go on once the server was asked to stop.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long running answers may go on once another process has taken over: longer than a film that
/// is downloaded as it is watched, with pauses.
pub const HAND_OVER_TIMEOUT: Duration = Duration::from_hours(6);

/// What that can be set to, in seconds: up to a week, as each hand-over may leave one process more.
pub const HAND_OVER_TIMEOUT_ALLOWED_S: RangeInclusive<u64> = 1..=7 * 24 * 3600;

/// How long a process that is to take over may read its configuration and look at the folders, while
/// the old one serves as ever.
pub const HAND_OVER_PREPARE_WAIT: Duration = Duration::from_secs(30);

/// How long answers say that their connection closes before no new clients are accepted: who asks
/// more often than this on one connection has left it by then.
pub const HAND_OVER_NOTICE: Duration = Duration::from_secs(1);

/// How long clients that were accepted last have for their request, which most send together with
/// the last segment of the handshake. All later clients wait as long.
pub const HAND_OVER_HEADS_WAIT: Duration = Duration::from_millis(250);

/// How long requests that were begun may keep the catalog from being handed over.
pub const HAND_OVER_ANSWERS_WAIT: Duration = Duration::from_secs(2);

/// How long a process that ends waits for a scan that does not, on a dead disk for instance.
pub const SCAN_STOP_WAIT: Duration = Duration::from_secs(2);

/// How long a process that takes over may open the catalog, and bring it up to date, before it is
/// ended and the old one goes on. Clients wait in the backlog meanwhile.
pub const HAND_OVER_START_WAIT: Duration = Duration::from_mins(1);

/// How long the event loop waits for a service manager whose socket is full.
pub const NOTIFY_WAIT: Duration = Duration::from_millis(100);

/// Bytes of a request head: request line and header fields.
pub const REQUEST_HEAD_BYTES_MAX: usize = 32 * 1024;

/// What that can be set to: every server should take a request line of 8,000 bytes (RFC 9112 §3),
/// and a head must fit into the connection's buffer.
pub const REQUEST_HEAD_BYTES_MAX_ALLOWED: RangeInclusive<usize> =
    8 * 1024..=CONNECTION_BUFFER_BYTES;

/// Header fields of a request.
pub const REQUEST_HEADERS_MAX: usize = 100;

/// What that can be set to: browsers send some 20, reverse proxies add some.
pub const REQUEST_HEADERS_MAX_ALLOWED: RangeInclusive<usize> = 32..=1000;

/// What time limits can be set to, in seconds.
pub const TIMEOUT_ALLOWED_S: RangeInclusive<u64> = 1..=3600;

/// How long a client may take to leave once it was told that its connection ends.
pub const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// Bytes that are thrown away after the last answer was sent, so that it arrives.
pub const FAREWELL_BYTES_MAX: usize = 64 * 1024;

/// Streams open at once on one HTTP/2 connection. A page asks for some twenty pictures; further
/// requests wait in the browser.
pub const HTTP_2_STREAMS_MAX: u32 = 32;

/// What that can be set to; each may cost [`HTTP_2_STREAM_BYTES_MAX`].
pub const HTTP_2_STREAMS_MAX_ALLOWED: RangeInclusive<u32> = 1..=256;

/// Streams that a client may open and reset before they were looked at; more of them end the
/// connection (CVE-2023-44487).
pub const HTTP_2_RESETS_MAX: usize = 20;

/// Streams that may be reset for a client's own faults before the connection ends.
pub const HTTP_2_FAULTS_MAX: usize = 64;

/// What the two can be set to.
pub const HTTP_2_RESETS_MAX_ALLOWED: RangeInclusive<usize> = 1..=1000;

/// Bytes of an answer that wait for the client beside the chunk that was read last.
pub const HTTP_2_SEND_BUFFER_BYTES: usize = 32 * 1024;

/// What a client may send of a request's body before we have taken it: all of the longest.
pub const HTTP_2_WINDOW_BYTES: u32 = 64 * 1024;

/// What one stalled HTTP/2 stream may cost.
pub const HTTP_2_STREAM_BYTES_MAX: usize = 64 * 1024;

/// What hyper may buffer for one connection in each direction; no less than a whole request head.
pub const CONNECTION_BUFFER_BYTES: usize = 64 * 1024;

/// Payload that one connection may send before others get their turn. Longer turns cost less per
/// byte: with 16 clients taking 8 MiB each, 2 MiB cost about 4 % more than 8 MiB.
pub const QUANTUM_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What a turn is never cut below. Two pipes full of pages; shorter ones cost more than 10 %.
pub const QUANTUM_BYTES_MIN: usize = 128 * 1024;

/// Payload that all connections with more work than a turn send in one round, some 20 ms of a
/// processor. It is how long a newcomer's first byte waits where all are on one event loop, and less
/// on several; so turns get shorter the more such connections there are. With 256 that take 8 MiB each, 64 MiB cost some 40 % more than 256 MiB.
pub const ROUND_BYTES: usize = 256 * 1024 * 1024;

/// Length of one placeholder: what a body hands to hyper at a time.
pub const PLACEHOLDER_BYTES: usize = QUANTUM_BYTES_MAX;

/// Bytes looked at, and read ahead if they are on the disk, at a time. On a disk of 100 requests a
/// second it is the difference between 13 MB/s (the kernel's 128 KiB) and the disk's bandwidth.
pub const READ_AHEAD_WINDOW_BYTES: u64 = 2 * 1024 * 1024;

/// What is kept in memory before the place being sent for a viewer who just came there.
pub const READ_AHEAD_BYTES_MIN: u64 = 2 * READ_AHEAD_WINDOW_BYTES;

/// The same for one who has gone on from there for a while. Half of it is read in one piece: 8 MiB
/// take a spinning disk ten times as long as moving its head there.
pub const READ_AHEAD_BYTES_MAX: u64 = 8 * READ_AHEAD_WINDOW_BYTES;

/// What is kept for all together, if they are more than a few: some of it would otherwise be thrown
/// out before it is sent.
pub const READ_AHEAD_ALL_BYTES: u64 = 1024 * 1024 * 1024;

/// How long a window that was found in memory is taken to be there still. A wrong guess costs one
/// wait for the disk; asking for each viewer anew costs 1.7 % of all that hot files cost.
pub const RESIDENCY_REMEMBERED: Duration = Duration::from_millis(500);

/// Windows of which that is remembered, 8 bytes each: 32 GiB of files.
pub const RESIDENCY_WINDOWS_REMEMBERED_MAX: usize = 16 * 1024;

/// Distance of the pages that are probed where the kernel refuses to count resident pages; the
/// kernel reads ahead in stretches of about this length.
pub const RESIDENCY_PROBE_STEP_BYTES: usize = 256 * 1024;

/// Threads that wait for one disk. As deep a queue as spinning media make use of, few enough that a
/// stalled network mount costs only memory for stacks.
pub const READ_AHEAD_THREADS: usize = 8;

/// Disks that have threads of their own; beyond, the others share theirs. More than a machine has
/// bays, and together no more threads than a small machine bears.
pub const DISKS_MAX: usize = 16;

/// How long a disk may take to bring in what is to be sent next: longer than it takes to spin up or
/// to try a bad sector again and again. The client is then closed and comes back with a range.
pub const DISK_TIMEOUT: Duration = Duration::from_mins(1);

/// Time between two looks whether a client has left while its stream waits for a disk. Long enough
/// that a disk which works is never waited for as long.
pub const DEPARTURE_LOOKED_FOR_EVERY: Duration = Duration::from_secs(1);

/// Bytes that are given to rustls to be encrypted at a time, which are as many as it takes.
pub const ENCRYPTED_AT_ONCE_BYTES: usize = 64 * 1024;

/// How long the pieces of these are, which rustls copies together into records. glibc makes longer
/// copies (from 2 to 8 KiB on, by processor) with `rep movsb`, which took a third of all samples:
/// with it HTTPS cost 1.10 times what nginx takes, without it 0.81 times.
pub const ENCRYPTED_PIECE_BYTES: usize = 1920;

/// Bytes that a reading body (TLS, tests) holds at a time.
pub const READING_BODY_CHUNK_BYTES: usize = 32 * 1024;

/// Ranges in one `Range` header. Players ask for one, resuming downloaders for a few.
pub const RANGES_MAX: usize = 64;

/// Bytes of a file name in `Content-Disposition`; the longest that Linux knows.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// A sendfile that took longer has waited for a disk although its pages were thought to be in
/// memory; such wrong guesses are counted. Not where the kernel encrypts: there the call also takes
/// the time of encrypting, which is longer than this for the bytes of a turn.
pub const SLOW_SEND: Duration = Duration::from_millis(1);

const _: () = assert!(REQUEST_HEAD_BYTES_MAX <= CONNECTION_BUFFER_BYTES);
const _: () = assert!(URI_BYTES_MAX <= *REQUEST_HEAD_BYTES_MAX_ALLOWED.start());
const _: () = assert!(STREAMS_PER_ADDRESS_MAX <= CONNECTIONS_PER_ADDRESS_MAX);
const _: () = assert!(CONNECTIONS_MAX as u64 * UNSENT_BYTES_MIN as u64 <= UNSENT_BYTES_ALL_MAX);
// No address can lock the others out.
const _: () = assert!(CONNECTIONS_PER_ADDRESS_MAX <= CONNECTIONS_MAX / 2);
// What lingers is a descriptor that is no connection.
const _: () = assert!(REFUSALS_LINGERING_MAX + 50 <= OTHER_DESCRIPTORS);
// The least share of the least rate still moves a segment within the time of a stall.
const _: () = assert!(
    BYTES_PER_SECOND_MIN / STREAMS_PER_ADDRESS_MAX as u64 * WRITE_STALL_TIMEOUT.as_secs()
        >= SEGMENT_BYTES
);
const _: () = assert!(
    HTTP_2_SEND_BUFFER_BYTES + READING_BODY_CHUNK_BYTES <= HTTP_2_STREAM_BYTES_MAX
        && *REQUEST_BODY_BYTES_MAX_ALLOWED.end() <= HTTP_2_WINDOW_BYTES as usize
);
const _: () = assert!(QUANTUM_BYTES_MIN <= QUANTUM_BYTES_MAX && QUANTUM_BYTES_MAX <= ROUND_BYTES);
// A turn could otherwise not use its quantum.
const _: () = assert!(QUANTUM_BYTES_MAX as u64 <= READ_AHEAD_BYTES_MIN);
const _: () = assert!(DEPARTURE_LOOKED_FOR_EVERY.as_secs() < DISK_TIMEOUT.as_secs());
const _: () = assert!(READ_AHEAD_BYTES_MIN <= READ_AHEAD_BYTES_MAX);
const _: () = assert!(READ_AHEAD_BYTES_MAX <= READ_AHEAD_ALL_BYTES);

/// Bytes of a segment on most networks, with its headers.
pub const SEGMENT_BYTES: u64 = 1500;

/// When a client whose streams are all taken may ask again.
pub const STREAMS_RETRY_AFTER_S: u32 = 5;

/// Requests to the API and for the page in a second from one address. A handler takes about a
/// millisecond, so this is a tenth of a processor for each address that goes to the limit.
pub const API_REQUESTS_PER_SECOND_PER_ADDRESS_MAX: u32 = 100;

/// How long that rate may be saved up. The home page asks for some 450 things at most, nearly all
/// of them pictures, so four people of a household may open it in the same second.
pub const API_BURST: Duration = Duration::from_secs(20);

/// Addresses of which the rate is known, some 100 bytes each.
pub const RATED_ADDRESSES_MAX: u64 = 16 * 1024;

const _: () = assert!(
    API_REQUESTS_PER_SECOND_PER_ADDRESS_MAX as u64 * API_BURST.as_secs() >= 4 * HOME_REQUESTS_MAX
);

/// What a browser asks for to show the home page: rows of pictures, the featured ones, and 20 for the
/// page itself.
pub const HOME_REQUESTS_MAX: u64 = {
    use spillway_media::limits::{
        HOME_COLLECTIONS_MAX, HOME_FEATURED_MAX, HOME_GENRES_MAX, HOME_ROW_ITEMS_MAX,
    };
    let rows = 6 + HOME_COLLECTIONS_MAX as u64 + HOME_GENRES_MAX.unsigned_abs();
    HOME_FEATURED_MAX.unsigned_abs() + rows * HOME_ROW_ITEMS_MAX as u64 + 20
};

/// Requests to the API that are worked on at once; further ones are refused with 503. Many times
/// what browsers ask for, few enough that their answers fit in some megabytes.
pub const API_REQUESTS_MAX: usize = 256;

/// What that and [`LIVE_CLIENTS_MAX`] can be set to.
pub const API_REQUESTS_MAX_ALLOWED: RangeInclusive<usize> = 1..=10_000;

/// How long the API may take to answer a request.
pub const API_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a request's body. The longest that is understood is a progress of some 60 bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 * 1024;

/// What that can be set to: no more than a client of HTTP/2 may send before any of it is taken.
pub const REQUEST_BODY_BYTES_MAX_ALLOWED: RangeInclusive<usize> = 1024..=64 * 1024;

/// How far a title can be watched: as long as a title can be.
pub const WATCHED_MS_MAX: u64 = spillway_media::limits::PROBE_DURATION_MS_MAX;

/// Bytes of a request's path and query together.
pub const URI_BYTES_MAX: usize = 8 * 1024;

/// What that can be set to. The longest address made here, a search with a cursor, has to pass.
pub const URI_BYTES_MAX_ALLOWED: RangeInclusive<usize> = 4 * 1024..=CONNECTION_BUFFER_BYTES;

const _: () = assert!(
    // Each byte of a text may be written as three; the rest is names of what is asked for.
    3 * SEARCH_TEXT_BYTES_MAX + spillway_media::limits::CURSOR_CHARS_MAX + 500
        <= *URI_BYTES_MAX_ALLOWED.start()
);

/// Clients that may follow `/api/v1/live` at once.
pub const LIVE_CLIENTS_MAX: usize = 256;

/// Streams that one live event lists; the sums in it cover all.
pub const LIVE_STREAMS_MAX: usize = 200;

/// How long a sample of `/api/v1/live` waits for the names of titles; the catalog may be busy, and the
/// next one asks again.
pub const LIVE_NAMES_WAIT_MAX: Duration = Duration::from_millis(100);

/// Bytes of a search text.
pub const SEARCH_TEXT_BYTES_MAX: usize = 500;

/// Subtitles that are converted at one time; each may need some twenty times its bytes for some
/// milliseconds. Whoever comes next waits for a turn, as long as a request may take.
pub const SUBTITLES_AT_ONCE: usize = 2;

/// Characters of what a player calls itself: a UUID has 36.
pub const SESSION_CHARS_MAX: usize = 64;

/// Titles between two cursors of an outline when the client does not say; at most as many as a page
/// can have, so that what lies between is one request.
pub const OUTLINE_EVERY_DEFAULT: usize = 100;
const _: () = assert!(OUTLINE_EVERY_DEFAULT <= spillway_media::limits::PAGE_ITEMS_MAX);

/// Entries of a list when the client does not say.
pub const PAGE_ITEMS_DEFAULT: usize = 50;

/// How many connections more than a quarter above the others an event loop is given because their
/// packets come in at its processor. A network card with one queue brings all to one processor, and a
/// few downloads by HTTPS must not share it while others rest.
pub const LOOP_SURPLUS_CONNECTIONS: usize = 4;

/// Threads that may wait for disks outside the transport's own pool, for each event loop and for what
/// runs beside them: opening files, starting, reading folders. They are started when there is
/// something to wait for.
pub const BLOCKING_THREADS_MAX: usize = 64;

/// Bytes of a picture embedded in a media file that is shown.
pub const COVER_BYTES_MAX: usize = 16 * 1024 * 1024;
