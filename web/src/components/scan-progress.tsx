import type { Scan } from "../types";
import "./scan-progress.css";

const PHASES: [NonNullable<Scan["phase"]>, string][] = [
  ["walk", "Looking for files"],
  ["probe", "Reading headers"],
  ["identify", "Recognising titles"],
  ["commit", "Storing"],
];

/** The running scan: its phase, its counts and how far it is. Nothing where none is running. */
export function ScanProgress({ scan }: { scan: Scan | null }) {
  const phase = PHASES.findIndex(([key]) => key === scan?.phase);
  return (
    <section class={scan === null ? "scan-progress is-idle" : "scan-progress"} aria-label="Current scan">
      <p class="scan-progress-words" role="status">
        {scan === null ? "No scan is running." : (PHASES[phase]?.[1] ?? "Starting")}
      </p>
      {scan !== null && (
        <>
          <progress aria-label="Progress of the scan" max={1} {...shareOf(scan)} />
          <ol>
            {PHASES.map(([key, words], index) => (
              <li
                key={key}
                class={index <= phase ? "is-reached" : ""}
                aria-current={index === phase ? "step" : undefined}
              >
                {words}
              </li>
            ))}
          </ol>
          <p class="muted">
            {count(scan.files_found, "file")} found, {count(scan.files_changed, "file")} new or changed,{" "}
            {scan.files_probed.toLocaleString("en")} read, {scan.files_committed.toLocaleString("en")} stored,{" "}
            {count(scan.findings, "finding")}
          </p>
        </>
      )}
    </section>
  );
}

/** While the folders are walked nobody knows how much there is: the bar then only shows that work goes on. */
function shareOf(scan: Scan): { value?: number } {
  if (scan.phase === "walk" || scan.phase === null || scan.files_changed === 0) return {};
  const done = scan.files_probed + scan.files_committed;
  return { value: Math.min(1, done / (2 * scan.files_changed)) };
}

const count = (number: number, noun: string) =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
