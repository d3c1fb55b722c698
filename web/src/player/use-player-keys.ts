import { useEffect, useRef } from "preact/hooks";
import { type FocusedPart, type PlayerCommand, playerCommand } from "./keyboard";

/** Hands on what keys mean, from wherever the focus is; `null` leaves them to the browser. */
export function usePlayerKeys(onCommand: ((command: PlayerCommand) => void) | null): void {
  const newest = useRef(onCommand);
  newest.current = onCommand;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      // What lies open above the film is closed first, by itself.
      if (event.key === "Escape" && document.querySelector(".control-menu-panel, dialog[open]") !== null)
        return;
      const command = newest.current === null ? null : playerCommand(event, focusedPart());
      if (command === null) return;
      event.preventDefault();
      newest.current?.(command);
    };
    // Before the arrow keys that move the focus on other pages.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}

function focusedPart(): FocusedPart {
  const focused = document.activeElement;
  if (focused?.matches(".seek-bar-input")) return "timeLine";
  if (focused?.matches('input[type="range"]')) return "slider";
  return focused?.closest("a, button, select, input, summary") ? "control" : "nothing";
}
