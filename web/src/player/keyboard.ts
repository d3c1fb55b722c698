/** What a key does while watching. */
export type PlayerCommand =
  | { do: "toggle" }
  | { do: "seek"; by_s: number }
  | { do: "volume"; by: number }
  | { do: "fullscreen" }
  | { do: "mute" }
  | { do: "leave" };

const COMMANDS: Record<string, PlayerCommand> = {
  " ": { do: "toggle" },
  k: { do: "toggle" },
  MediaPlayPause: { do: "toggle" },
  ArrowLeft: { do: "seek", by_s: -10 },
  j: { do: "seek", by_s: -10 },
  ArrowRight: { do: "seek", by_s: 10 },
  l: { do: "seek", by_s: 10 },
  ArrowUp: { do: "volume", by: 0.1 },
  ArrowDown: { do: "volume", by: -0.1 },
  f: { do: "fullscreen" },
  m: { do: "mute" },
  Escape: { do: "leave" },
};

/** Keys that a focused button, link or the browser's own video controls use themselves. */
const KEYS_OF_CONTROLS = new Set([" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

/** `isControlFocused`: the focus is on something that answers to space and arrows itself. */
export function playerCommand(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
  isControlFocused: boolean,
): PlayerCommand | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (isControlFocused && KEYS_OF_CONTROLS.has(event.key)) return null;
  return COMMANDS[event.key] ?? null;
}
