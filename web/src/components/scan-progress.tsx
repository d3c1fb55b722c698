import { t, tn } from "../text/words";
import type { Scan } from "../types";
import "./scan-progress.css";

const phases = (): [NonNullable<Scan["phase"]>, string][] => [
  ["walk", t("Looking for files")],
  ["probe", t("Reading headers")],
  ["identify", t("Recognising titles")],
  ["commit", t("Storing")],
];

/** The running scan: its phase, its counts and how far it is. Nothing where none is running. */
export function ScanProgress({ scan }: { scan: Scan | null }) {
  const steps = phases();
  const phase = steps.findIndex(([key]) => key === scan?.phase);
  return (
    <section class={scan === null ? "scan-progress is-idle" : "scan-progress"} aria-label={t("Current scan")}>
      <p class="scan-progress-words" role="status">
        {scan === null ? t("No scan is running.") : (steps[phase]?.[1] ?? t("Starting"))}
      </p>
      {scan !== null && (
        <>
          <progress aria-label={t("Progress of the scan")} max={1} {...shareOf(scan)} />
          <ol>
            {steps.map(([key, words], index) => (
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
            {t("{found} found, {changed} new or changed, {read} read, {stored} stored, {findings}", {
              found: filesWords(scan.files_found),
              changed: filesWords(scan.files_changed),
              read: scan.files_probed,
              stored: scan.files_committed,
              findings: tn(scan.findings, "{count} finding", "{count} findings"),
            })}
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

const filesWords = (count: number) => tn(count, "{count} file", "{count} files");
