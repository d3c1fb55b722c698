/** Who stays on a card wants to see more of it; who passes over it does not. */
import type { TargetedFocusEvent, TargetedPointerEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Ends the stay that there is: never more than one on the page. */
let endStay: (() => void) | null = null;

/** `isStaying` once a mouse or the focus of keys has been on the element with `listeners` for `delay_ms`. */
export function useStay(delay_ms: number) {
  const [isStaying, setStaying] = useState(false);
  const own = useRef<(() => void) | null>(null);

  const come = () => {
    endStay?.();
    const timer = setTimeout(() => setStaying(true), delay_ms);
    const end = () => {
      clearTimeout(timer);
      setStaying(false);
      if (endStay === end) endStay = null;
    };
    own.current = end;
    endStay = end;
  };
  const go = () => own.current?.();
  // What is taken from the page is not stayed on.
  useEffect(() => go, []);

  const listeners = {
    onPointerEnter: (event: TargetedPointerEvent<HTMLElement>) => {
      if (event.pointerType === "mouse") come();
    },
    onPointerLeave: go,
    onFocus: (event: TargetedFocusEvent<HTMLElement>) => {
      if (event.currentTarget.matches(":focus-visible")) come();
    },
    onBlur: go,
  };
  return { isStaying, listeners };
}
