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

/// Connections that read the catalog at once; each is a thread, and more readers than this only
/// wait for the same processors.
pub const CATALOG_READERS: u32 = 4;

/// How long a call waits for a connection or for the writer before it says that it is busy.
pub const CATALOG_WAIT: Duration = Duration::from_secs(10);

/// How long a start waits for a predecessor that is still closing the catalog.
pub const CATALOG_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Page cache of each connection to the catalog.
pub const CATALOG_CACHE_KIB: u32 = 16 * 1024;

/// To what the write-ahead log is cut after a checkpoint.
pub const CATALOG_WAL_BYTES_MAX: u32 = 64 << 20;

/// Rows that one statement fetches when everything is read, so that memory stays flat.
pub const CATALOG_ROWS_AT_ONCE: usize = 5_000;

/// Files or findings that one transaction touches; larger lists are taken in turns so that a viewer's
/// progress never waits long behind a scan.
pub const CATALOG_BATCH_MAX: usize = 1_000;

/// Items on one page of any list.
pub const PAGE_ITEMS_MAX: usize = 200;

/// Characters of a cursor: a sort key of [`NAME_KEY_CHARS_MAX`] characters, each at most 12 bytes as
/// JSON and doubled by hexadecimal digits, and some numbers around it.
pub const CURSOR_CHARS_MAX: usize = 2 * (12 * NAME_KEY_CHARS_MAX + 128);

/// Characters of the key a title is sorted by; more only makes indexes larger.
pub const NAME_KEY_CHARS_MAX: usize = 64;

/// Characters of a search that are looked at.
pub const SEARCH_CHARS_MAX: usize = 200;

/// Words of a search that are looked at.
pub const SEARCH_WORDS_MAX: usize = 12;

/// Titles that a search ranks. One letter matches nearly everything; who types it needs a first
/// screen now rather than the last page.
pub const SEARCH_MATCHES_MAX: usize = 2_000;

/// Genres of a title that are kept; each costs a row in every sorted list.
pub const GENRES_PER_TITLE_MAX: usize = 16;

/// People of a title that are kept, as first told.
pub const PEOPLE_PER_TITLE_MAX: usize = 200;

/// Genres that are listed, those with most titles first.
pub const GENRES_LISTED_MAX: i64 = 1_000;

/// Files of one title. A folder of a hundred thousand files with one name must not make an answer of
/// as many lines, so the next file begins another title of that name.
pub const FILES_PER_TITLE_MAX: i64 = 64;

/// Episodes and extras on the page of one title.
pub const CHILDREN_PER_TITLE_MAX: i64 = 5_000;

/// Titles in a row of the home page.
pub const HOME_ROW_ITEMS_MAX: usize = 20;

/// Titles featured on the home page.
pub const HOME_FEATURED_MAX: i64 = 5;

/// Rows of genres on the home page.
pub const HOME_GENRES_MAX: i64 = 12;

/// Characters of a finding's message or of why a scan failed.
pub const MESSAGE_CHARS_MAX: usize = 1_000;

/// Scans that are remembered.
pub const SCANS_KEPT_MAX: i64 = 500;

/// How long a file that is gone is remembered, so that it gets its identifier back if it returns.
pub const GONE_FILE_KEPT: Duration = Duration::from_hours(30 * 24);
