import { t } from "../text/words";
import { SeekIcon } from "./seek-icon";
import "./seek-mark.css";

/** How far taps have sought, at the side they were made. */
export function SeekMark({ by_s }: { by_s: number }) {
  const isBack = by_s < 0;
  return (
    <div class={isBack ? "seek-mark is-left" : "seek-mark is-right"} role="status">
      <SeekIcon direction={isBack ? "back" : "forward"} />
      {isBack ? "−" : "+"}
      {t("{seconds} s", { seconds: Math.abs(by_s) })}
    </div>
  );
}
