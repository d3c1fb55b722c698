import { useState } from "preact/hooks";
import { formatPosition, formatRemaining } from "../text/time";
import { t } from "../text/words";
import "./time-button.css";

interface Props {
  position_s: number;
  duration_s: number;
}

/** Where the film is, of how long it is; a press tells how long it goes on instead, and back. */
export function TimeButton({ position_s, duration_s }: Props) {
  const [isRemaining, setRemaining] = useState(false);
  const position_ms = Math.min(position_s, duration_s) * 1000;
  const duration_ms = duration_s * 1000;
  return (
    <button type="button" class="time-button" onClick={() => setRemaining(!isRemaining)}>
      <span class="visually-hidden">{isRemaining ? t("Remaining") : t("Position")} </span>
      {isRemaining ? formatRemaining(position_ms, duration_ms) : formatPosition(position_ms)}
      <span class="time-button-length"> / {formatPosition(duration_ms)}</span>
    </button>
  );
}
