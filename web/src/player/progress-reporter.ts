/**
 * Tells the server where the viewer is: every ten seconds while playing, and at once on a pause, a seek, the end
 * and when the page goes away. At most one report is under way; while it is, only the newest position waits.
 */
import { PROGRESS_REPORT_MS } from "../limits";

export interface Report {
  position_ms: number;
  duration_ms: number;
}

export class ProgressReporter {
  #current: Report | null = null;
  #reported_ms: number | null = null;
  #waiting: Report | null = null;
  #isSending = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** `send` resolves when the report was answered or failed; failures are the next report's to mend. */
  constructor(
    private readonly send: (report: Report, keepalive: boolean) => Promise<unknown>,
    private readonly every_ms: number = PROGRESS_REPORT_MS,
  ) {}

  /** What the player says now. Cheap; call it on each of its time updates. */
  observe(report: Report): void {
    if (report.duration_ms > 0) this.#current = report;
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
    void this.send(report, true).catch(() => undefined);
  }

  async #sendNow(report: Report): Promise<void> {
    this.#isSending = true;
    this.#reported_ms = report.position_ms;
    try {
      await this.send(report, false);
    } catch {
      // The next regular report carries a newer position; repeating this one would be of no use.
    }
    this.#isSending = false;
    const next = this.#waiting;
    this.#waiting = null;
    if (next !== null && next.position_ms !== this.#reported_ms) void this.#sendNow(next);
  }
}
