import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CONTROLS_IDLE_MS } from "../limits";

const TOUCHES = ["pointermove", "pointerdown", "keydown", "focusin"] as const;

/** True while a film plays inside `stage` and nothing has been touched there for a while. */
export function useIdle(stage: RefObject<HTMLElement | null>): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    let timer: ReturnType<typeof setTimeout>;
    const wake = () => {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => {
        const video = element.querySelector("video");
        const isHeld = element.querySelector(".is-dragging") !== null;
        if (video !== null && !video.paused && !isHeld) setIdle(true);
      }, CONTROLS_IDLE_MS);
    };
    wake();
    for (const touch of TOUCHES) element.addEventListener(touch, wake);
    // Events of media do not bubble.
    for (const change of ["play", "pause"]) element.addEventListener(change, wake, { capture: true });
    return () => {
      clearTimeout(timer);
      for (const touch of TOUCHES) element.removeEventListener(touch, wake);
      for (const change of ["play", "pause"]) element.removeEventListener(change, wake, { capture: true });
    };
  }, [stage]);
  return isIdle;
}
