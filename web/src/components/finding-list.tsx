import { useState } from "preact/hooks";
import { fetchFindings } from "../api";
import { SCAN_ITEMS } from "../limits";
import { useResource } from "../store/resource";
import { formatAgo } from "../text/time";
import { t } from "../text/words";
import type { Finding } from "../types";
import { Icon } from "./icon";
import { LoadFailure } from "./load-failure";
import { LinesSkeleton } from "./skeletons";
import "./finding-list.css";

/** Files that could not be read, or only in part, page by page. */
export function FindingList() {
  // The cursors of the pages before this one; the server knows only the way forward.
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const cursor = cursors.at(-1) ?? null;
  const { resource, retry } = useResource(`findings ${cursor ?? ""}`, (signal) =>
    fetchFindings(cursor, SCAN_ITEMS, signal),
  );
  if (resource.state === "loading") return <LinesSkeleton lines={3} />;
  if (resource.state === "failed") return <LoadFailure message={resource.message} onRetry={retry} />;
  const { items, next_cursor } = resource.value;
  if (items.length === 0 && cursors.length === 1) {
    return (
      <p class="finding-none">
        <Icon name="check" />
        {t("Every file could be read.")}
      </p>
    );
  }
  return (
    <>
      <ul class="findings">
        {items.map((finding) => (
          <FindingLine key={finding.id} finding={finding} />
        ))}
      </ul>
      {(cursors.length > 1 || next_cursor !== null) && (
        <nav class="actions finding-pages" aria-label={t("Pages of findings")}>
          <button
            type="button"
            class="button"
            disabled={cursors.length === 1}
            onClick={() => setCursors(cursors.slice(0, -1))}
          >
            <Icon name="left" />
            {t("Before")}
          </button>
          <button
            type="button"
            class="button"
            disabled={next_cursor === null}
            onClick={() => setCursors([...cursors, next_cursor])}
          >
            {t("More")}
            <Icon name="right" />
          </button>
        </nav>
      )}
    </>
  );
}

function FindingLine({ finding }: { finding: Finding }) {
  const isError = finding.severity === "error";
  return (
    <li class={isError ? "finding finding-error" : "finding"}>
      <Icon name="warning" />
      <div>
        <p class="finding-message">
          <span class="visually-hidden">{isError ? t("Error:") : t("Warning:")} </span>
          {finding.message}
        </p>
        <p class="finding-path">{finding.path}</p>
        <p class="muted">
          {isError
            ? t(
                "The file is not played. Copy it again from its source, or move it away; the next scan looks anew.",
              )
            : t(
                "The file is listed with what could be read. If something is missing, mend or replace it and scan again.",
              )}
        </p>
        <p class="muted finding-when">
          {t("{library}, first seen {ago}", {
            library: finding.library,
            ago: formatAgo(finding.first_seen_at_ms, Date.now()),
          })}
        </p>
      </div>
    </li>
  );
}
