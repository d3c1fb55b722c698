/** The keys of the player: what each does and how the page tells of it. Both come from one table. */

import { t } from "../text/words";

/** What a key or a button wants of the player. */
export type PlayerCommand =
  | { do: "toggle" }
  | { do: "seek"; by_s: number }
  | { do: "seekToShare"; share: number }
  | { do: "seekToEnd" }
  | { do: "speed"; steps: 1 | -1 }
  | { do: "next" }
  | { do: "volume"; by: number }
  | { do: "mute" }
  | { do: "captions" }
  | { do: "fullscreen" }
  | { do: "pictureInPicture" }
  | { do: "stats" }
  | { do: "controls" }
  | { do: "keys" }
  | { do: "leave" };

interface Row {
  words: string;
  /** How the keys are printed on an English keyboard. */
  caps: string[];
  /** By `KeyboardEvent.key`, letters small. */
  commands: Record<string, PlayerCommand>;
}

const TENTHS = Object.fromEntries(
  Array.from({ length: 10 }, (_, tenth): [string, PlayerCommand] => [
    `${tenth}`,
    { do: "seekToShare", share: tenth / 10 },
  ]),
);

const toggle: PlayerCommand = { do: "toggle" };
const back: PlayerCommand = { do: "seek", by_s: -10 };
const forward: PlayerCommand = { do: "seek", by_s: 10 };

export const keyMap = (): readonly { name: string; rows: readonly Row[] }[] => [
  {
    name: t("Playing"),
    rows: [
      {
        words: t("Play or pause"),
        caps: ["Space", "K"],
        commands: { " ": toggle, k: toggle, MediaPlayPause: toggle },
      },
      { words: t("Back 10 seconds"), caps: ["←", "J"], commands: { ArrowLeft: back, j: back } },
      { words: t("Forward 10 seconds"), caps: ["→", "L"], commands: { ArrowRight: forward, l: forward } },
      { words: t("To a tenth of the film"), caps: ["0", "…", "9"], commands: TENTHS },
      { words: t("To the beginning"), caps: ["Home"], commands: { Home: { do: "seekToShare", share: 0 } } },
      { words: t("To the last second"), caps: ["End"], commands: { End: { do: "seekToEnd" } } },
      { words: t("Slower"), caps: ["<"], commands: { "<": { do: "speed", steps: -1 } } },
      { words: t("Faster"), caps: [">"], commands: { ">": { do: "speed", steps: 1 } } },
      { words: t("Next episode"), caps: ["N"], commands: { n: { do: "next" } } },
    ],
  },
  {
    name: t("Sound and captions"),
    rows: [
      { words: t("Louder"), caps: ["↑"], commands: { ArrowUp: { do: "volume", by: 0.1 } } },
      { words: t("Quieter"), caps: ["↓"], commands: { ArrowDown: { do: "volume", by: -0.1 } } },
      { words: t("Sound on or off"), caps: ["M"], commands: { m: { do: "mute" } } },
      { words: t("Captions on or off"), caps: ["C"], commands: { c: { do: "captions" } } },
    ],
  },
  {
    name: t("Screen"),
    rows: [
      { words: t("Full screen"), caps: ["F"], commands: { f: { do: "fullscreen" } } },
      { words: t("Picture in picture"), caps: ["P"], commands: { p: { do: "pictureInPicture" } } },
      { words: t("Statistics"), caps: ["I"], commands: { i: { do: "stats" } } },
      {
        words: t("To the buttons, and among them by arrows"),
        caps: ["Enter"],
        commands: { Enter: { do: "controls" } },
      },
      { words: t("These keys"), caps: ["?"], commands: { "?": { do: "keys" } } },
      { words: t("Back, step by step"), caps: ["Esc"], commands: { Escape: { do: "leave" } } },
    ],
  },
];

/** How a key is printed where the viewer is. */
export function capWords(cap: string): string {
  switch (cap) {
    case "Space":
      return t("Space #key");
    case "Home":
      return t("Home #key");
    case "End":
      return t("End #key");
    case "Enter":
      return t("Enter #key");
    default:
      return cap;
  }
}

const COMMANDS = new Map(
  keyMap().flatMap(({ rows }) => rows.flatMap(({ commands }) => Object.entries(commands))),
);

/** What has the focus, told by the keys it uses itself. */
export type FocusedPart = "nothing" | "timeLine" | "slider" | "control";

const CONTROL_KEYS = [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];

const OWN_KEYS: Record<FocusedPart, ReadonlySet<string>> = {
  nothing: new Set(),
  // Sideways along the film as everywhere; up and down lead away from it, as a remote control has no other way.
  timeLine: new Set(["ArrowUp", "ArrowDown"]),
  slider: new Set([...CONTROL_KEYS, "Home", "End"]),
  control: new Set(CONTROL_KEYS),
};

export function playerCommand(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
  focused: FocusedPart,
): PlayerCommand | null {
  if (event.ctrlKey || event.metaKey || event.altKey || OWN_KEYS[focused].has(event.key)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return COMMANDS.get(key) ?? null;
}
