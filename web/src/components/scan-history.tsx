import { formatAgo, formatDuration } from "../text/time";
import { t, tn } from "../text/words";
import type { Scan } from "../types";
import "./scan-history.css";

const triggerWords = (): Record<string, string> => ({
  start: t("At start"),
  watch: t("Files changed"),
  period: t("Regular"),
  request: t("Asked for"),
});

const stateWords = (): Record<string, string> => ({
  running: t("Running"),
  done: t("Done"),
  failed: t("Failed"),
  interrupted: t("Interrupted"),
});

/** The last scans, newest first. */
export function ScanHistory({ scans }: { scans: Scan[] }) {
  if (scans.length === 0) return <p class="muted">{t("No scan has run yet.")}</p>;
  const now_ms = Date.now();
  return (
    <ul class="scan-history">
      {scans.map((scan) => (
        <li key={scan.id}>
          <span class={`scan-state scan-state-${scan.state}`}>{stateWords()[scan.state] ?? scan.state}</span>
          <span class="scan-history-what">
            <strong>{triggerWords()[scan.trigger] ?? scan.trigger}</strong>
            <span class="muted">{whenWords(scan, now_ms)}</span>
            {scan.message !== null && <span>{scan.message}</span>}
          </span>
          <span class="scan-history-counts">
            {tn(scan.files_found, "{count} file", "{count} files")}
            <span class="muted">
              {[
                t("{files} changed", { files: scan.files_changed }),
                tn(scan.titles_added, "{count} title added", "{count} titles added"),
                t("{files} gone", { files: scan.files_gone }),
                tn(scan.findings, "{count} finding", "{count} findings"),
              ].join(" · ")}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function whenWords({ started_at_ms, finished_at_ms }: Scan, now_ms: number): string {
  const ago = formatAgo(started_at_ms, now_ms);
  if (finished_at_ms === null) return ago;
  return t("{ago}, took {duration}", { ago, duration: lasting(finished_at_ms - started_at_ms) });
}

const lasting = (duration_ms: number) =>
  duration_ms < 1000 ? `${Math.max(0, duration_ms)} ms` : formatDuration(duration_ms);
