import { useEffect, useState } from "preact/hooks";
import { WAITING_DELAY_MS } from "../limits";
import { t } from "../text/words";
import "./waiting-mark.css";

/** Shown while the film cannot go on, once that lasts. */
export function WaitingMark({ isWaiting }: { isWaiting: boolean }) {
  const [isLasting, setLasting] = useState(false);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setTimeout(() => setLasting(true), WAITING_DELAY_MS);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [isWaiting]);
  return (
    <div class="waiting-mark" role="status">
      {isWaiting && isLasting && (
        <>
          <span class="waiting-mark-ring" />
          <span class="visually-hidden">{t("Loading")}</span>
        </>
      )}
    </div>
  );
}
