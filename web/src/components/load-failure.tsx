import { t } from "../text/words";
import { MessagePanel } from "./message-panel";

interface Props {
  message: string;
  onRetry: () => void;
}

/** A page that could not be loaded. It tries again by itself once a lost server is back. */
export function LoadFailure({ message, onRetry }: Props) {
  return (
    <MessagePanel icon="warning" title={t("This did not load")} isAlert>
      <p>{message}</p>
      <div class="actions">
        <button type="button" class="button button-main" onClick={onRetry}>
          {t("Try again")}
        </button>
        <a class="button" href="/">
          {t("Home")}
        </a>
      </div>
    </MessagePanel>
  );
}
