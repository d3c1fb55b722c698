/** The last minutes of the server's life, for the charts. */
import { LIVE_GAP_MS, LIVE_HISTORY_MS, LIVE_SAMPLES_MAX } from "../limits";
import type { Live } from "../types";

/** A second without what only the newest is shown of: films and scans would take megabytes. */
export type Sample = Omit<Live, "streams" | "scan">;

/** A moment in the charts; null where nothing is known, so that lines break there. */
export interface Moment {
  at_ms: number;
  sample: Sample | null;
}

export class LiveHistory {
  #moments: Moment[] = [];

  /** Oldest first, the newest at the end. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  add({ streams: _streams, scan: _scan, ...sample }: Live): void {
    const { at_ms } = sample;
    const last = this.#moments.at(-1);
    if (last !== undefined) {
      // Who follows anew gets the newest second once more.
      if (at_ms === last.at_ms) return;
      // The server's clock was put back: what was before cannot be drawn beside what comes.
      if (at_ms < last.at_ms) this.#moments = [];
      else if (at_ms - last.at_ms > LIVE_GAP_MS) this.#moments.push({ at_ms: last.at_ms + 1, sample: null });
    }
    this.#moments.push({ at_ms, sample });
    const kept = this.#moments.findIndex((moment) => at_ms - moment.at_ms <= LIVE_HISTORY_MS);
    this.#moments.splice(0, Math.max(kept, this.#moments.length - LIVE_SAMPLES_MAX));
  }
}
