import { formatAgo, formatDuration } from "../text/time";
import type { Scan } from "../types";
import "./scan-history.css";

const TRIGGER_WORDS: Record<string, string> = {
  start: "At start",
  watch: "Files changed",
  period: "Regular",
  request: "Asked for",
};

const STATE_WORDS: Record<string, string> = {
  running: "Running",
  done: "Done",
  failed: "Failed",
  interrupted: "Interrupted",
};

/** The last scans, newest first. */
export function ScanHistory({ scans }: { scans: Scan[] }) {
  if (scans.length === 0) return <p class="muted">No scan has run yet.</p>;
  const now_ms = Date.now();
  return (
    <ul class="scan-history">
      {scans.map((scan) => (
        <li key={scan.id}>
          <span class={`scan-state scan-state-${scan.state}`}>{STATE_WORDS[scan.state] ?? scan.state}</span>
          <span class="scan-history-what">
            <strong>{TRIGGER_WORDS[scan.trigger] ?? scan.trigger}</strong>
            <span class="muted">
              {formatAgo(scan.started_at_ms, now_ms)}
              {scan.finished_at_ms !== null && `, took ${lasting(scan.finished_at_ms - scan.started_at_ms)}`}
            </span>
            {scan.message !== null && <span>{scan.message}</span>}
          </span>
          <span class="scan-history-counts">
            {scan.files_found.toLocaleString("en")} files
            <span class="muted">
              {scan.files_changed.toLocaleString("en")} changed · {scan.titles_added.toLocaleString("en")}{" "}
              titles added · {scan.files_gone.toLocaleString("en")} gone ·{" "}
              {scan.findings.toLocaleString("en")} findings
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

const lasting = (duration_ms: number) =>
  duration_ms < 1000 ? `${Math.max(0, duration_ms)} ms` : formatDuration(duration_ms);
