import { formatCount } from "../text/numbers";
import { t } from "../text/words";
import type { Status } from "../types";
import { Icon } from "./icon";
import "./library-folders.css";

const watchWords = (): Record<string, string> => ({
  watching: t("New files are noticed at once."),
  polling: t("The system cannot tell about changes, so the folders are looked at regularly instead."),
  off: t("New files are found by the next scan."),
});

/** What is scanned, whether each folder is there, and how changes are noticed. */
export function LibraryFolders({ status }: { status: Status }) {
  return (
    <section class="library-folders" aria-label={t("Folders")}>
      <dl class="library-counts">
        <Count name={t("Titles")} value={status.titles} />
        <Count name={t("Files #all")} value={status.files} />
        <Count name={t("Findings")} value={status.findings} />
      </dl>
      <div>
        <ul>
          {status.libraries.flatMap(({ id, name, roots }) =>
            roots.map(({ path, available }) => (
              <li key={`${id} ${path}`}>
                <Icon name={available ? "check" : "warning"} />
                <span>
                  <strong>{name}</strong> <code>{path}</code>
                  {!available && (
                    <span class="library-away">
                      {t(
                        "Not there now. Its titles are kept and come back when the folder is mounted again.",
                      )}
                    </span>
                  )}
                </span>
              </li>
            )),
          )}
        </ul>
        <p class="muted">
          {watchWords()[status.watch]} {status.watch_detail}
        </p>
      </div>
    </section>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{formatCount(value)}</dd>
    </div>
  );
}
