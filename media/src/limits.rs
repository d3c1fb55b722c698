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

/// Connections that read the catalog at once; each is a thread. All parts of the home page are read
/// at once, so that one that waits for a disk holds up no other, and some are left for who only
/// turns a page.
pub const CATALOG_READERS: u32 = 12;
const _: () = assert!(HOME_PARTS < CATALOG_READERS as usize);

/// How long a call waits for a connection or for the writer before it says that it is busy.
pub const CATALOG_WAIT: Duration = Duration::from_secs(10);

/// How long a start waits for a predecessor that is still closing the catalog.
pub const CATALOG_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Page cache of each connection to the catalog; what is not in it is in the system's. All of them
/// together are some 100 MiB of a large catalog.
pub const CATALOG_CACHE_KIB: u32 = 8 * 1024;

/// To what the write-ahead log is cut after a checkpoint.
pub const CATALOG_WAL_BYTES_MAX: u32 = 64 << 20;

/// Rows on their way from the thread that holds a connection to whoever asked: a whole page, so that
/// the two need not wake each other for every few rows.
pub const CATALOG_ROW_BUFFER: usize = 512;

/// Rows that one statement fetches when everything is read, so that memory stays flat.
pub const CATALOG_ROWS_AT_ONCE: usize = 5_000;

/// Files or findings that one transaction touches; larger lists are taken in turns so that a viewer's
/// progress never waits long behind a scan.
pub const CATALOG_BATCH_MAX: usize = 1_000;

/// Items on one page of any list.
pub const PAGE_ITEMS_MAX: usize = 200;

/// Places that an outline of a list tells; of a longer list it tells fewer, evenly. Enough for
/// 200,000 titles by the hundred, and some hundred kilobytes.
pub const OUTLINE_CURSORS_MAX: usize = 2_000;

/// Titles that are read at a time when a whole list is walked: many, as each time costs a look-up of
/// the place, and few enough that others come in between.
pub const OUTLINE_ROWS_AT_ONCE: usize = 5_000;

/// Titles that a viewer, a collection or a person has, up to which they are looked at one by one. A
/// list narrowed to more of them is walked along its index, where they are close enough together.
pub const MARKED_LOOKED_THROUGH_MAX: usize = 5_000;

/// Codecs of the picture of one title that lists are narrowed by. Written out in the statements of
/// catalog/refresh.rs.
pub const VIDEO_CODECS_PER_TITLE_MAX: usize = 8;

/// Languages of the sound of one title that lists are narrowed by. Written out likewise.
pub const LANGUAGES_PER_TITLE_MAX: usize = 32;

/// Collections that viewers make.
pub const COLLECTIONS_MADE_MAX: i64 = 1_000;

/// Titles in a collection that a viewer made.
pub const COLLECTION_TITLES_MAX: i64 = 5_000;

/// Characters of the name of a collection that a viewer made.
pub const COLLECTION_NAME_CHARS_MAX: usize = 200;

/// Collections that are listed, those that viewers made first.
pub const COLLECTIONS_LISTED_MAX: i64 = 5_000;
const _: () = assert!(COLLECTIONS_MADE_MAX <= COLLECTIONS_LISTED_MAX);

/// Pictures of a collection: its first titles'.
pub const COLLECTION_POSTERS_MAX: usize = 4;

/// Players of a title that are remembered, so that what they tell late or twice changes nothing.
pub const PROGRESS_SESSIONS_MAX: usize = 8;

/// Titles in an answer to what is being typed.
pub const FOUND_TITLES_MAX: usize = 24;

/// People, genres and collections in such an answer, of each.
pub const FOUND_NAMES_MAX: usize = 8;

/// People that a search ranks; one letter begins a name of nearly everybody.
pub const FOUND_PEOPLE_RANKED_MAX: i64 = 1_000;

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
pub const SEARCH_MATCHES_MAX: usize = 1_000;

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

/// Rows of collections on the home page.
pub const HOME_COLLECTIONS_MAX: usize = 3;

/// Parts of the home page that are read each for itself.
pub const HOME_PARTS: usize = 9;

/// Characters of a finding's message or of why a scan failed.
pub const MESSAGE_CHARS_MAX: usize = 1_000;

/// Scans that are remembered.
pub const SCANS_KEPT_MAX: i64 = 500;

/// How long a file that is gone is remembered, so that it gets its identifier back if it returns.
pub const GONE_FILE_KEPT: Duration = Duration::from_hours(30 * 24);

/// Bytes that one probe of a file reads from it. The headers of a film are a few hundred kilobytes;
/// those of a day of fragments, whose index must be walked, a few megabytes.
pub const PROBE_READ_BYTES_MAX: u64 = 32 << 20;

/// Boxes or elements that one probe visits; a film with a thousand fragments has eight thousand.
pub const PROBE_ELEMENTS_MAX: u32 = 65_536;

/// Bytes of one box or element without children that are held at once. Codec configurations, the
/// longest that are wanted whole, take some hundred.
pub const PROBE_LEAF_BYTES_MAX: u64 = 64 << 10;

/// Tracks of a file that are described; the longest discs have about 70.
pub const PROBE_TRACKS_MAX: usize = 256;

/// Chapters of a file that are kept; an audio book may have several hundred.
pub const PROBE_CHAPTERS_MAX: usize = 1_024;

/// Genres of a file that are kept.
pub const PROBE_GENRES_MAX: usize = 16;

/// Bytes of one name, title or other short text from a file.
pub const PROBE_TEXT_BYTES_MAX: usize = 1_024;

/// Bytes of a description from a file.
pub const PROBE_DESCRIPTION_BYTES_MAX: usize = 8_192;

/// Faults of one file that are told; a reader learns nothing from the hundredth.
pub const PROBE_FAULTS_MAX: usize = 16;

/// Bytes of an embedded picture that is offered as a cover.
pub const PROBE_COVER_BYTES_MAX: u64 = 32 << 20;

/// Attachments of a Matroska file that are looked at; fan translations carry a hundred fonts.
pub const PROBE_ATTACHMENTS_MAX: usize = 512;

/// Fragments that a probe walks to learn the playing time where no index tells it: each may cost a
/// seek of the disk.
pub const PROBE_FRAGMENTS_MAX: u32 = 4_096;

/// Bytes at the end of a Matroska file that are searched for its last cluster.
pub const PROBE_TAIL_BYTES_MAX: u64 = 1 << 20;

/// A longer playing time than ten years is a fault of the file.
pub const PROBE_DURATION_MS_MAX: u64 = 10 * 366 * 24 * 3_600_000;

/// Entries of an `stts` box that are read to see whether the frame rate is constant.
pub const PROBE_FRAME_RATE_ENTRIES_MAX: u64 = 1_024;

/// Width or height of a picture that something may play; the formats' levels end at 16,888.
pub const PROBE_PICTURE_SIDE_MAX: u64 = 16_888;

/// Key frames that are listed: three hours of a format with nothing but key frames.
pub const KEY_FRAMES_MAX: usize = 262_144;

/// Samples that are walked to find the key frames: a day and a half at 60 pictures a second.
pub const KEY_FRAME_SAMPLES_MAX: u64 = 8_000_000;

/// Bytes that are read from a file to find its key frames: the tables of that many samples.
pub const KEY_FRAME_READ_BYTES_MAX: u64 = 256 << 20;

/// Boxes that are visited to find the key frames of a fragmented file.
pub const KEY_FRAME_ELEMENTS_MAX: u32 = 1 << 20;

/// Files that an `ffprobe` or `ffmpeg` process may have open: the film, three streams, and a library
/// at a time while it starts.
pub const PROCESS_OPEN_FILES_MAX: u64 = 64;
/// Bytes that are read of a Matroska file without Cues to find its key frames: 8 KiB at each of 8,192
/// clusters, which is eleven hours of them. What a longer walk would find a seeking process finds sooner.
pub const CLUSTER_WALK_BYTES_MAX: u64 = 64 << 20;

/// Elements that are visited in such a walk, and so in a recording whose clusters do not say how long they are.
pub const CLUSTER_WALK_ELEMENTS_MAX: u32 = 262_144;

/// Elements of one cluster that are looked at for the block of a key frame: some seconds of all
/// tracks have about a thousand.
pub const CLUSTER_ELEMENTS_MAX: u32 = 16_384;

/// Bytes that are read of one cluster to find that block: 8 KiB around the head of each of 4,096.
pub const CLUSTER_READ_BYTES_MAX: u64 = 32 << 20;

/// Bytes of one key frame, packed or not. At the highest levels 8K has 12 MB; nothing that people watch has more.
pub const SAMPLE_BYTES_MAX: u64 = 32 << 20;

/// Width of a picture that is decoded: the widest of level 6.2 in H.264 and HEVC that is made.
pub const PICTURE_WIDTH_MAX: u64 = 8_192;

/// Height of a picture that is decoded, as for its width. Turned films are as high as others are
/// wide, so it bounds the longer side as well.
pub const PICTURE_HEIGHT_MAX: u64 = 8_192;

/// Samples of luma of a picture that is decoded: 8192x4352, level 6.2 of HEVC (ITU-T H.265 §A.4.1).
/// With [`PICTURE_BYTES_PER_PIXEL`] one picture takes half a gigabyte at most.
pub const PICTURE_PIXELS_MAX: u64 = 35_651_584;

/// Bytes of memory that decoding takes for each sample of luma, with what decoders keep beside the
/// planes: twice the most that was seen, 460 MB for a VP9 header of 67 million samples.
pub const PICTURE_BYTES_PER_PIXEL: u64 = 16;

/// NAL units of one key frame: 600 slices are the most that HEVC's levels allow (ITU-T H.265 table A.8).
pub const SAMPLE_UNITS_MAX: usize = 4_096;

/// How long an `ffprobe` process may take; on a healthy disk it needs a tenth of a second.
pub const FFPROBE_WAIT_MS_MAX: u64 = 10_000;

/// Bytes of an answer of `ffprobe`. A hundred tracks and chapters take a tenth of it.
pub const FFPROBE_OUTPUT_BYTES_MAX: u64 = 1 << 20;

/// Bytes of address space that an `ffprobe` process may have; its libraries alone map 150 MB.
pub const FFPROBE_MEMORY_BYTES_MAX: u64 = 1 << 30;

/// How long a picture from an `ffmpeg` process may take, or a key frame of AV1 from ours: a tenth of a
/// second with an index; without one `ffmpeg` reads the file up to the place.
pub const FFMPEG_WAIT_MS_MAX: u64 = 30_000;

/// Bytes of address space that such a process may have. The libraries of `ffmpeg` map 300 MB, and a
/// decoder holds some pictures; one of [`FFMPEG_PIXELS_MAX`] takes 214 MB with 12 bits and all its colour.
pub const FFMPEG_MEMORY_BYTES_MAX: u64 = 2 << 30;

/// Pixels of a picture that `ffmpeg` decodes, 8192 × 4352: what HEVC and AV1 allow at level 6. Asked
/// before memory for it is taken.
pub const FFMPEG_PIXELS_MAX: u64 = 8_192 * 4_352;

/// Width or height of a picture as it comes from `ffmpeg`, twice of what any picture of ours has;
/// more would only be carried over to be thrown away.
pub const FFMPEG_PICTURE_SIDE_MAX: u32 = 2_560;

/// Bytes of that picture: three planes of two bytes, and two lines before them.
pub const FFMPEG_OUTPUT_BYTES_MAX: u64 =
    FFMPEG_PICTURE_SIDE_MAX as u64 * FFMPEG_PICTURE_SIDE_MAX as u64 * 6 + 512;

/// Bytes of what `ffmpeg` says that are looked at for the colours; the tags of a film come first.
pub const FFMPEG_LOG_BYTES_MAX: u64 = 256 << 10;

/// Bytes on the disk that pictures may take where nothing else is set: the sheets of some
/// fourteen hundred films of two hours.
pub const PICTURES_BYTES_MAX: u64 = 8 << 30;

/// Bytes of a subtitle file that is read: a film's has some hundred thousand; one with its fonts in it,
/// some million.
pub const SUBTITLE_BYTES_MAX: usize = 8 << 20;

/// Bytes of a cue's text; what is shown at one time is a few hundred. Beyond it letters are left out.
pub const SUBTITLE_CUE_BYTES_MAX: usize = 16 << 10;

/// Columns of an event or a style; the formats have twenty-three at most.
pub const SUBTITLE_COLUMNS_MAX: usize = 64;

/// Cues of a subtitle: a film has two thousand, one whose signs are drawn letter by letter some ten
/// thousand.
pub const SUBTITLE_CUES_MAX: usize = 50_000;

/// Bytes of one picture that is kept; a sheet of a storyboard has some hundred thousand.
pub const PICTURE_BYTES_MAX: u64 = 8 << 20;

/// How exactly the time of a picture's file tells when it was used last. Each note is a write.
pub const PICTURE_USE_NOTED_EVERY: Duration = Duration::from_hours(1);

/// Pictures of which it is remembered that they cannot be made, about 300 bytes each.
pub const PICTURE_FAILURES_MAX: u64 = 10_000;

/// How long that is remembered: another ffmpeg may have been installed since.
pub const PICTURE_FAILURE_KEPT: Duration = Duration::from_hours(24);

/// Bytes of an NFO file; longer ones are not read.
pub const NFO_BYTES_MAX: usize = 1 << 20;

/// Elements of an NFO file inside one another; Kodi's go five deep.
pub const NFO_DEPTH_MAX: usize = 32;

/// Bytes of one text in an NFO file; the rest is cut off. Plots have some thousands.
pub const NFO_TEXT_BYTES_MAX: usize = 64 * 1024;

/// Genres, studios or people of one title.
pub const NFO_LIST_MAX: usize = 250;

/// Episodes in one NFO file.
pub const NFO_EPISODES_MAX: usize = 100;

/// Side files (NFO, pictures, subtitles) that belong to one media file or to one folder; further
/// ones are passed over. A disc with subtitles in every language has about a hundred.
pub const SIDE_FILES_MAX: usize = 512;

/// Folders inside one another that a scan goes down. It holds one path for each.
pub const FOLDER_DEPTH_MAX: usize = 48;

/// Entries of one folder that a scan reads; it holds them all, about 100 bytes each, to tell which
/// belong together.
pub const FOLDER_ENTRIES_MAX: usize = 500_000;

/// Entries of all folders that one scan reads.
pub const SCAN_ENTRIES_MAX: u64 = 5_000_000;

/// Bytes of an `.ignore` file; a longer one is not read.
pub const IGNORE_FILE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of each of the three stretches that tell one file from another: one read each, and more
/// would only cost a disk time.
pub const FINGERPRINT_STRETCH_BYTES: usize = 8 * 1024;

/// Files that wait between two phases of a scan. Each holds its headers' description, some kilobytes.
pub const SCAN_QUEUE_MAX: usize = 256;

/// Threads that read headers: a spinning disk is best kept busy with few, a processor with as many
/// as it has cores; streams come first on both.
pub const SCAN_PROBE_THREADS: usize = 3;

/// Threads that tell titles.
pub const SCAN_IDENTIFY_THREADS: usize = 2;

/// Files of one commit; a commit of this size takes some tens of milliseconds.
pub const SCAN_BATCH_FILES: usize = 500;
const _: () = assert!(SCAN_BATCH_FILES <= CATALOG_BATCH_MAX, "a batch is one transaction");

/// How long nothing must change before a scan that sees changes begins.
pub const SCAN_QUIET: Duration = Duration::from_secs(2);

/// How long such a scan waits for quiet at most.
pub const SCAN_QUIET_WAIT_MAX: Duration = Duration::from_secs(10);

/// Time from the end of a scan to the next one that sees changes, and to another look at files that
/// were being written.
pub const SCAN_SETTLE: Duration = Duration::from_secs(10);

/// Known files of equal content that a new file is compared with to see whether one of them moved.
pub const SCAN_TWINS_MAX: usize = 8;

/// Pictures that somebody waits for and whose turn has not come: a page of posters. Who is behind more
/// has scrolled on when his turn comes.
pub const THUMBNAIL_WAITING_MAX: usize = 64;

/// Pictures in the queue that nobody waits for yet. What makes them ahead need only stay ahead.
pub const THUMBNAIL_BACKGROUND_MAX: usize = 16;

/// Those who wait for pictures, for the same or others. Each is a request that is held open.
pub const THUMBNAIL_ASKERS_MAX: usize = 1_024;

/// Bytes of all pictures being made, by [`PICTURE_BYTES_PER_PIXEL`]: one of the largest, four of a film
/// of 4K, seventeen of full HD.
pub const THUMBNAIL_BYTES_MAX: u64 = 576 << 20;
const _: () = assert!(
    PICTURE_PIXELS_MAX * PICTURE_BYTES_PER_PIXEL <= THUMBNAIL_BYTES_MAX,
    "the largest film has pictures"
);

/// How long making one picture may take: much longer than any should, because threads of lowest
/// priority get little of a processor while many watch, and a thread that is given up is lost.
pub const THUMBNAIL_JOB_TIME_MAX: Duration = Duration::from_secs(30);

/// How long a picture that somebody waits for may wait for its turn; as long as a request waits for
/// its file to be opened.
pub const THUMBNAIL_WAIT_MAX: Duration = Duration::from_secs(20);

/// How long a picture that nobody waits for yet may wait for its turn. It comes unless viewers ask for
/// others all the time, or no thread is left to make it; who makes ahead asks again later.
pub const THUMBNAIL_BACKGROUND_WAIT_MAX: Duration = Duration::from_mins(10);

/// Threads left alone with pictures that did not end in time. Each may hold a processor's idle time
/// and its memory for as long as the program runs.
pub const THUMBNAIL_ABANDONED_MAX: usize = 4;

/// When a thread is asked for again that the system refused.
pub const THUMBNAIL_THREAD_RETRY: Duration = Duration::from_secs(1);
/// Width or height of a frame that is rendered and of every picture that is made: as far as the
/// formats' levels go, and less than the 65,535 that a JPEG can have.
pub const PICTURE_SIDE_MAX: u32 = 16_888;
const _: () = assert!(PICTURE_SIDE_MAX as u64 == PROBE_PICTURE_SIDE_MAX, "one bound, two types");

/// Widths in which artwork is made. A fixed set, so that a viewer cannot fill the store by asking
/// for every width there is; steps of at most one and a half to two cost a browser little.
pub const ARTWORK_WIDTHS: [u32; 6] = [160, 320, 480, 640, 960, 1280];

/// Widths in which pictures of films are made: a card, a card on a large screen, a chapter, a still.
pub const THUMBNAIL_WIDTHS: [u32; 4] = [160, 320, 640, 1280];

/// Pictures of a storyboard: one every ten seconds of two hours.
pub const STORYBOARD_PICTURES_MAX: u64 = 720;

/// Pictures side by side on a sheet of a storyboard, and rows. Few, so that the first touch of a time
/// line waits for little and a sheet is made well within the time of one job.
pub const STORYBOARD_SHEET_SIDE: u32 = 5;

/// The same of a film without an index, where each picture is a process of its own.
pub const STORYBOARD_SOUGHT_MAX: u64 = 100;

/// How long before each key frame pictures make way for viewers who wait for a disk.
pub const GIVE_WAY_MAX: Duration = Duration::from_millis(100);
const _: () = assert!(
    STORYBOARD_SHEET_SIDE.pow(2) as u128 * GIVE_WAY_MAX.as_millis() * 2
        < THUMBNAIL_JOB_TIME_MAX.as_millis(),
    "a sheet comes to an end while viewers wait for disks"
);

/// How long making pictures ahead of viewers waits for disks to be free before it begins another.
pub const AHEAD_GIVE_WAY_MAX: Duration = Duration::from_mins(1);

/// Time on processors in an hour for pictures that nobody has asked for yet, where nothing else is
/// set: a quarter of one processor, some seventy films of two hours.
pub const AHEAD_PROCESSOR_TIME_PER_HOUR: Duration = Duration::from_mins(15);

/// Bytes read in an hour for the same: less than a tenth of what the slowest of disks gives.
pub const AHEAD_READ_BYTES_PER_HOUR: u64 = 32 << 30;

/// For how long what may be spent on pictures that nobody has asked for yet is saved up.
pub const BUDGET_SAVED_MAX: Duration = Duration::from_mins(10);

/// Films of which pictures are made next because they are being watched.
pub const AHEAD_WATCHED_MAX: usize = 16;

/// Files that making ahead takes from the catalog at a time.
pub const AHEAD_FILES_MAX: usize = 256;

/// How much of the store's bytes is filled ahead, in hundredths: the rest is left to what people ask
/// for, and nothing that was used is removed for what nobody asked for.
pub const AHEAD_KEPT_PERCENT_MAX: u64 = 90;

/// When what could not be made ahead for want of a free queue is tried again.
pub const AHEAD_RETRY: Duration = Duration::from_secs(10);

/// How long a program that makes pictures ahead rests once all there are to make are made, unless a
/// scan ends before.
pub const AHEAD_REST: Duration = Duration::from_hours(6);

/// Films whose index is kept in memory and whose file is open, because pictures of them were asked
/// for.
pub const FILMS_OPEN_MAX: u64 = 8;

/// How long that is so without another being asked for.
pub const FILMS_OPEN_IDLE_MAX: Duration = Duration::from_mins(1);

/// Bytes of memory that opening a film for pictures may take: its index, 40 bytes for each of
/// [`KEY_FRAMES_MAX`] key frames, twice while it is sorted.
pub const FILM_BYTES_MAX: u64 = 32 << 20;

/// Bytes of a file of artwork that is decoded.
pub const ARTWORK_BYTES_MAX: usize = 32 << 20;

/// Width or height of artwork that is decoded.
pub const ARTWORK_SIDE_MAX: u32 = PICTURE_SIDE_MAX;

/// Bytes that artwork has once decoded: 25 million pixels with transparency, three times a fanart of
/// 3840 × 2160. A progressive JPEG takes twice as much beside it, its coefficients of 16 bits.
pub const ARTWORK_DECODED_BYTES_MAX: u64 = 100_000_000;

/// Bytes of memory that making artwork smaller may take: its file, its pixels, and a progressive
/// JPEG's coefficients.
pub const ARTWORK_MAKING_BYTES_MAX: u64 = ARTWORK_BYTES_MAX as u64 + 3 * ARTWORK_DECODED_BYTES_MAX;
const _: () = assert!(ARTWORK_MAKING_BYTES_MAX <= THUMBNAIL_BYTES_MAX, "any artwork is admitted");

/// Positions of a film that are tried for its poster. Each costs a key frame; with ten, one is good
/// even where every other is dark.
pub const POSTER_CANDIDATES_MAX: u32 = 10;

/// How long key frames are decoded to choose one of them; the best so far is taken then. Half of what
/// the work may take at all, since one may be slow.
pub const STILL_CHOICE_TIME_MAX: Duration = Duration::from_secs(15);
const _: () = assert!(
    2 * STILL_CHOICE_TIME_MAX.as_secs() <= THUMBNAIL_JOB_TIME_MAX.as_secs(),
    "there is time for one more key frame"
);

/// Pictures of one sheet. Ten by ten of 320 × 180 are a JPEG of about half a megabyte, which a
/// viewer's first touch of the time line waits for.
pub const SHEET_PICTURES_MAX: usize = 100;
