/**
 * A file's storyboard while somebody looks at it. Nothing is asked for before the first wish; then the list of
 * cues, and of the sheets only the one that is wished for now and, once that is there, its neighbour. A new wish
 * gives up what was on its way for another.
 */
import { fetchSheet, fetchStoryboard, type Outcome, storyboardUrl } from "../api";
import { PICTURE_RETRY_MS_MAX, PICTURE_TRIES_MAX, SHEETS_KEPT_MAX } from "../limits";
import { type Cue, cueAt, neighbourSheet, parseStoryboard } from "./storyboard";

export interface Frame {
  cue: Cue;
  sheet: ImageBitmap;
}

interface Calls {
  fetchStoryboard: (fileId: string, signal: AbortSignal) => Promise<Outcome<string>>;
  fetchSheet: (url: string, signal: AbortSignal) => Promise<Outcome<ImageBitmap>>;
}

export class StoryboardFrames {
  /** `idle` before the first wish, `none` where no pictures can be had. */
  #state: "idle" | "loading" | "ready" | "none" = "idle";
  #cues: Cue[] = [];
  /** Least recently wished for first. */
  readonly #sheets = new Map<string, ImageBitmap>();
  readonly #missing = new Set<string>();
  readonly #end = new AbortController();
  #wished: Cue | null = null;
  #wished_ms = 0;
  #underWay: { url: string; interest: AbortController } | null = null;

  /** `onChange` is called when there is more to show than before, or less to hope for. */
  constructor(
    private readonly fileId: string,
    private readonly onChange: () => void,
    private readonly calls: Calls = { fetchStoryboard, fetchSheet },
  ) {}

  /** In time order; none before they have come. */
  get cues(): readonly Cue[] {
    return this.#cues;
  }

  /** Whether there is a picture of a position: here, or still to come. Not before the cues are known. */
  expects(position_ms: number): boolean {
    const cue = cueAt(this.#cues, position_ms);
    return cue !== null && !this.#missing.has(cue.sheetUrl);
  }

  /** The frame of a position if it is there now. */
  frameAt(position_ms: number): Frame | null {
    const cue = cueAt(this.#cues, position_ms);
    const sheet = cue === null ? undefined : this.#sheets.get(cue.sheetUrl);
    if (cue === null || sheet === undefined) return null;
    const isOnSheet = cue.x + cue.width <= sheet.width && cue.y + cue.height <= sheet.height;
    return isOnSheet ? { cue, sheet } : null;
  }

  /** Somebody looks at a position: loads what is missing for it. */
  wish(position_ms: number): void {
    this.#wished_ms = position_ms;
    if (this.#state === "idle") void this.#loadCues();
    else this.#loadSheets();
  }

  /** Gives up what is on its way and frees the sheets. */
  close(): void {
    this.#end.abort();
    this.#state = "none";
    this.#cues = [];
    for (const sheet of this.#sheets.values()) sheet.close();
    this.#sheets.clear();
  }

  async #loadCues(): Promise<void> {
    this.#state = "loading";
    const outcome = await patiently(
      (signal) => this.calls.fetchStoryboard(this.fileId, signal),
      this.#end.signal,
    );
    if (this.#end.signal.aborted) return;
    if (outcome.status === "success") this.#cues = parseStoryboard(outcome.value, storyboardUrl(this.fileId));
    this.#state = this.#cues.length > 0 ? "ready" : "none";
    this.onChange();
    this.#loadSheets();
  }

  #loadSheets(): void {
    this.#wished = cueAt(this.#cues, this.#wished_ms);
    const url = this.#nextSheet();
    if (url === this.#underWay?.url) return;
    this.#underWay?.interest.abort();
    this.#underWay = null;
    if (url !== null) void this.#loadSheet(url);
  }

  /** The sheet to load now: that of the wish, then its neighbour. */
  #nextSheet(): string | null {
    if (this.#wished === null) return null;
    const isMissing = (url: string | null) =>
      url !== null && !this.#sheets.has(url) && !this.#missing.has(url);
    const own = this.#wished.sheetUrl;
    if (isMissing(own)) return own;
    this.#touch(own);
    const neighbour = neighbourSheet(this.#cues, this.#wished);
    return isMissing(neighbour) ? neighbour : null;
  }

  async #loadSheet(url: string): Promise<void> {
    const interest = new AbortController();
    this.#underWay = { url, interest };
    const signal = AbortSignal.any([interest.signal, this.#end.signal]);
    const outcome = await patiently((signal) => this.calls.fetchSheet(url, signal), signal);
    if (signal.aborted) {
      if (outcome.status === "success") outcome.value.close();
      return;
    }
    this.#underWay = null;
    if (outcome.status === "success") this.#keep(url, outcome.value);
    else this.#missing.add(url);
    this.onChange();
    this.#loadSheets();
  }

  #keep(url: string, sheet: ImageBitmap): void {
    this.#sheets.set(url, sheet);
    if (this.#wished !== null) this.#touch(this.#wished.sheetUrl);
    for (const [oldest, picture] of this.#sheets) {
      if (this.#sheets.size <= SHEETS_KEPT_MAX) break;
      picture.close();
      this.#sheets.delete(oldest);
    }
  }

  /** What is wished for is the last to be given up. */
  #touch(url: string): void {
    const sheet = this.#sheets.get(url);
    if (sheet === undefined) return;
    this.#sheets.delete(url);
    this.#sheets.set(url, sheet);
  }
}

/** Asks again while the server is too busy, when it says so, a few times. */
async function patiently<Value>(
  ask: (signal: AbortSignal) => Promise<Outcome<Value>>,
  signal: AbortSignal,
): Promise<Outcome<Value>> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await ask(signal);
    const isBusy = outcome.status === "error" && outcome.httpStatus === 503;
    if (!isBusy || attempt === PICTURE_TRIES_MAX) return outcome;
    await pause(Math.min(outcome.retryAfter_ms ?? 1_000, PICTURE_RETRY_MS_MAX), signal);
    if (signal.aborted) return { status: "aborted" };
  }
}

/** Ends after `wait_ms`, or at once when nobody is interested any more. */
const pause = (wait_ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(end, wait_ms);
    signal.addEventListener("abort", end, { once: true });
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
    if (signal.aborted) end();
  });
