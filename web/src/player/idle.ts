import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { HideTimer } from "./hide-timer";

const TOUCHES = ["pointermove", "pointerdown", "focusin"] as const;

/** In use: a drag, an open menu or dialog, the focus of keys on a control. */
const HELD =
  ".is-dragging, .control-menu-panel, dialog[open], :is(.player-controls, .watch-bar) :focus-visible";

export interface Idle {
  /** True while a film plays inside the stage and nothing has been touched there for a while. */
  isIdle: boolean;
  /** A finger on the picture. */
  toggle: () => void;
}

export function useIdle(stage: RefObject<HTMLElement | null>): Idle {
  const [isIdle, setIdle] = useState(false);
  const hideTimer = useRef<HideTimer | null>(null);
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    const timer = new HideTimer(() => {
      const video = element.querySelector("video");
      return video === null || video.paused || element.querySelector(HELD) !== null;
    }, setIdle);
    hideTimer.current = timer;
    const wake = () => timer.touch();
    const onTouch = (event: Event) => {
      // What a finger on the picture means is decided when it is lifted.
      const isFinger = event instanceof PointerEvent && event.pointerType !== "mouse";
      if (!(isFinger && event.target instanceof HTMLVideoElement)) wake();
    };
    wake();
    for (const touch of TOUCHES) element.addEventListener(touch, onTouch);
    // Keys reach the stage only where the focus is inside it.
    addEventListener("keydown", wake);
    // Events of media do not bubble.
    for (const change of ["play", "pause"]) element.addEventListener(change, wake, { capture: true });
    return () => {
      timer.end();
      hideTimer.current = null;
      for (const touch of TOUCHES) element.removeEventListener(touch, onTouch);
      removeEventListener("keydown", wake);
      for (const change of ["play", "pause"]) element.removeEventListener(change, wake, { capture: true });
    };
  }, [stage]);
  return { isIdle, toggle: () => hideTimer.current?.toggle() };
}
