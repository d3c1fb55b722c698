import { t } from "../text/words";
import type { Progress } from "../types";
import "./progress-bar.css";

/** How much of a title has been seen; the words beside it are for screen readers. */
export function ProgressBar({
  progress,
  isOnPicture = false,
}: {
  progress: Progress;
  isOnPicture?: boolean;
}) {
  const share = progress.duration_ms > 0 ? progress.position_ms / progress.duration_ms : 0;
  const percent = progress.watched ? 100 : Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <span class={isOnPicture ? "progress-bar progress-bar-on-picture" : "progress-bar"}>
      <span class="progress-bar-seen" style={{ width: `${percent}%` }} />
      <span class="visually-hidden">
        {progress.watched ? t("Watched") : t("{percent} % watched", { percent })}
      </span>
    </span>
  );
}
