/** Every end in the page: how long it waits, how much it keeps, how often it asks. */

/** An answer that takes longer is an error with a way to try again. */
export const ANSWER_WAIT_MS = 15_000;

/** Typing pauses this long before a search is sent. */
export const SEARCH_DELAY_MS = 180;

/** Longest text sent as a search; longer ones are cut. */
export const SEARCH_CHARACTERS_MAX = 200;

/** Titles of a list that are asked for at once. */
export const PAGE_ITEMS = 100;

/** More titles than these the server gives to no request. */
export const REQUEST_ITEMS_MAX = 200;

/** Pages of a list that are held, those around the place in sight; a title takes about 2 kB. */
export const PAGES_KEPT_MAX = 20;

/** Pages of a list that are asked for at the same time. */
export const PAGE_REQUESTS_MAX = 2;

/** Titles this near to those in sight are asked for before they are. */
export const PAGES_AHEAD_TITLES = 40;

/** A place that is left again within this time is only passed: nothing is asked for there. */
export const PASSING_MS = 90;

/** How often a list that changes while it is looked at is drawn anew. */
export const REOUTLINES_MAX = 3;

/** Lists that are held, so that going back finds them as they were. */
export const LISTS_KEPT_MAX = 4;

/** Rows of cards in the document above and below those in sight. */
export const ROWS_AROUND = 2;

/** A list that has not been scrolled for so long rests. */
export const SCROLL_REST_MS = 160;

/** Values of one filter that an address may have. */
export const FILTER_VALUES_MAX = 32;

/** Places of pages (how far they are scrolled, what has the focus) that are remembered for going back. */
export const PLACES_KEPT_MAX = 50;

/** A page that is gone back to has this long to become as high as it was. */
export const PLACE_WAIT_MS = 4_000;

/** A message about something the viewer did goes by itself after so long. */
export const MESSAGE_STAY_MS = 8_000;

/** The featured title begins to move when it has been looked at for so long. */
export const HERO_PREVIEW_DELAY_MS = 2_000;

/** How long it shows each picture. */
export const HERO_PREVIEW_FRAME_MS = 1_600;

/** After so many pictures it rests. */
export const HERO_PREVIEW_FRAMES_MAX = 30;

/** Longest name of a collection that the server takes. */
export const COLLECTION_NAME_CHARACTERS_MAX = 200;

/** Answers kept so that going back shows a page at once. */
export const REMEMBERED_ANSWERS_MAX = 40;

/** While playing, the position is reported this often. */
export const PROGRESS_REPORT_MS = 10_000;

/** A stop closer to the end than this counts as the end: resuming there would show nothing. */
export const RESUME_MARGIN_MS = 5_000;

/** The next episode starts after this wait, unless it is cancelled. */
export const NEXT_EPISODE_WAIT_MS = 10_000;

/** Largest subtitle that is drawn with its styles; those of episodes with typeset signs have two million bytes. */
export const SUBTITLE_BYTES_MAX = 8 * 1024 * 1024;

/** How often an unreachable server is asked whether it is back. */
export const RECONNECT_MS = 3_000;

/** How often the state of the server (its warnings) is asked for. */
export const STATUS_MS = 60_000;

/** Scans and findings shown at once. */
export const SCAN_ITEMS = 20;

/** How often the history of scans is asked for while it is shown. */
export const SCANS_MS = 4_000;

/** Largest WebVTT of a storyboard that is read. */
export const STORYBOARD_BYTES_MAX = 1024 * 1024;

/** Pictures of a storyboard that are known; a server of ours tells 720 at most. */
export const STORYBOARD_CUES_MAX = 4_096;

/** No sheet is longer on a side, in pixels. */
export const SHEET_SIDE_MAX = 16_888;

/** Decoded sheets kept while a time line is used; one takes 6 MB. */
export const SHEETS_KEPT_MAX = 4;

/** How often a sheet or a storyboard is asked for while the server is too busy to make it. */
export const PICTURE_TRIES_MAX = 4;

/** Longest wait before it is asked for again, whatever the server says. */
export const PICTURE_RETRY_MS_MAX = 10_000;

/** A card shows frames of its film after the pointer or the focus has stayed on it for so long. */
export const CARD_PREVIEW_DELAY_MS = 500;

/** How long a card shows each frame. */
export const CARD_PREVIEW_FRAME_MS = 1_000;

/** The preview of a place that was reached by keys stays for so long after the last. */
export const SEEK_PREVIEW_STAY_MS = 1_500;

/** While playing, controls disappear when nothing has been touched for so long. */
export const CONTROLS_IDLE_MS = 3_000;

/** Placeholders of pictures that are remembered; one takes 4 kB. */
export const PLACEHOLDERS_KEPT_MAX = 500;

/** Two taps of a finger within this time are one wish. */
export const DOUBLE_TAP_MS = 300;

/** How long the mark of a seek by taps stays after the last. */
export const SEEK_MARK_STAY_MS = 700;

/** Loading that takes longer than this is shown; a seek within what is there would only flicker. */
export const WAITING_DELAY_MS = 300;

/** While statistics are shown they are read this often. */
export const STATS_MS = 1_000;

/** How far back the charts of the live page reach. */
export const LIVE_HISTORY_MS = 5 * 60_000;

/** Moments kept for them, however often the server tells; it tells once a second. */
export const LIVE_SAMPLES_MAX = 600;

/** Seconds that are further apart have something between them that nobody knows. */
export const LIVE_GAP_MS = 2_500;

/** Streams listed at once; the server tells 200 at most. */
export const LIVE_STREAMS_SHOWN_MAX = 60;
