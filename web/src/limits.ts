/** Every end in the page: how long it waits, how much it keeps, how often it asks. */

/** An answer that takes longer is an error with a way to try again. */
export const ANSWER_WAIT_MS = 15_000;

/** Typing pauses this long before a search is sent. */
export const SEARCH_DELAY_MS = 180;

/** Longest text sent as a search; longer ones are cut. */
export const SEARCH_CHARACTERS_MAX = 200;

/** Titles asked for at once by pages that go on while scrolling. The server allows 200. */
export const PAGE_ITEMS = 60;

/** Titles a scrolling page holds before it asks to be narrowed instead of growing on. */
export const LIST_ITEMS_MAX = 3_000;

/** Answers kept so that going back shows a page at once. */
export const REMEMBERED_ANSWERS_MAX = 40;

/** While playing, the position is reported this often. */
export const PROGRESS_REPORT_MS = 10_000;

/** A stop closer to the end than this counts as the end: resuming there would show nothing. */
export const RESUME_MARGIN_MS = 5_000;

/** The next episode starts after this wait, unless it is cancelled. */
export const NEXT_EPISODE_WAIT_MS = 10_000;

/** Largest subtitle file that is converted in the page. */
export const SUBTITLE_BYTES_MAX = 4 * 1024 * 1024;

/** How often an unreachable server is asked whether it is back. */
export const RECONNECT_MS = 3_000;

/** How often the state of the server (its warnings) is asked for. */
export const STATUS_MS = 60_000;

/** Scans and findings shown at once. */
export const SCAN_ITEMS = 20;

/** How often the history of scans is asked for while it is shown. */
export const SCANS_MS = 4_000;
