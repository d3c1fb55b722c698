import { useState } from "preact/hooks";
import { useReachable } from "../store/connection";
import { dismissMessage, useMessage } from "../store/messages";
import { useStatus } from "../store/status";
import { t } from "../text/words";
import { Icon } from "./icon";
import "./notices.css";

/** What the viewer should know on every page: what came of a wish, warnings of the server, that it cannot be reached. */
export function Notices() {
  const isReachable = useReachable();
  const status = useStatus();
  const message = useMessage();
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const warnings = (status?.warnings ?? []).filter((warning) => !dismissed.has(warning));
  const dismiss = (warning: string) => setDismissed(new Set([...dismissed, warning]));

  return (
    <aside class="notices" aria-label={t("Notices")}>
      <div role="status">
        {!isReachable && (
          <p class="notice">
            <Icon name="scan" />
            <span>{t("The server cannot be reached. Trying again…")}</span>
          </p>
        )}
        {message !== null && (
          <p class={message.isFailure ? "notice" : "notice notice-done"} key={message.id}>
            <Icon name={message.isFailure ? "warning" : "check"} />
            <span>{message.text}</span>
            <button type="button" class="notice-dismiss" aria-label={t("Dismiss")} onClick={dismissMessage}>
              <Icon name="close" />
            </button>
          </p>
        )}
      </div>
      {warnings.map((warning) => (
        <p class="notice" key={warning}>
          <Icon name="warning" />
          <span>{warning}</span>
          <button
            type="button"
            class="notice-dismiss"
            aria-label={t("Dismiss")}
            onClick={() => dismiss(warning)}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </aside>
  );
}
