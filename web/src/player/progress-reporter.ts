/**
 * Tells the server where the viewer is: every ten seconds while playing, and at once on a pause, a seek, the end
 * and when the page goes away. At most one report is under way; while it is, only the newest position waits. Each
 * says how many came before it, so that one which arrives late changes nothing.
 */
import { PROGRESS_REPORT_MS } from "../limits";

export interface Position {
  position_ms: number;
  duration_ms: number;
}

export interface Report extends Position {
  /** This player, as long as it shows this film. */
  session: string;
  /** Counts up from 1. */
  sequence: number;
}

export class ProgressReporter {
  readonly #session = randomName();
  #sequence = 0;
  #current: Position | null = null;
  #reported_ms: number | null = null;
  #waiting: Position | null = null;
  #isSending = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** `send` resolves to whether the server has the report; if not, the next one is to mend that. */
  constructor(
    private readonly send: (report: Report, keepalive: boolean) => Promise<boolean>,
    private readonly every_ms: number = PROGRESS_REPORT_MS,
  ) {}

  /** What the player says now. Cheap; call it on each of its time updates. */
  observe(position: Position): void {
    if (position.duration_ms > 0) this.#current = position;
  }

  /** Playing: report regularly from now on. */
  start(): void {
    this.#timer ??= setInterval(() => this.flush(), this.every_ms);
  }

  /** Paused, ended or left: report once and be quiet. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.flush();
  }

  /** Reports the last position unless the server has it already. */
  flush(): void {
    const report = this.#current;
    if (report === null || report.position_ms === this.#reported_ms) return;
    if (this.#isSending) {
      this.#waiting = report;
      return;
    }
    void this.#sendNow(report);
  }

  /** The page goes away: the report must not wait for another and must outlive the page. */
  leave(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const report = this.#current;
    if (report === null || report.position_ms === this.#reported_ms) return;
    this.#reported_ms = report.position_ms;
    this.#waiting = null;
    void this.send(this.#next(report), true);
  }

  async #sendNow(position: Position): Promise<void> {
    this.#isSending = true;
    this.#reported_ms = position.position_ms;
    const isStored = await this.send(this.#next(position), false);
    // So that it is told again before the page goes, should nothing newer be.
    if (!isStored && this.#reported_ms === position.position_ms) this.#reported_ms = null;
    this.#isSending = false;
    const next = this.#waiting;
    this.#waiting = null;
    if (next !== null && next.position_ms !== this.#reported_ms) void this.#sendNow(next);
  }
  #next(position: Position): Report {
    this.#sequence += 1;
    return { ...position, session: this.#session, sequence: this.#sequence };
  }
}

/** Not `randomUUID`: over plain HTTP browsers do not have it. */
const randomName = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
