/** What the viewer has chosen for all films: kept in this browser, as nothing here is the server's to know. */

export const CAPTION_SIZES = ["small", "medium", "large", "huge"] as const;
export const CAPTION_BACKGROUNDS = ["none", "shade", "solid"] as const;

export type CaptionSize = (typeof CAPTION_SIZES)[number];
export type CaptionBackground = (typeof CAPTION_BACKGROUNDS)[number];

export interface Choices {
  /** 0 to 1. */
  volume: number;
  isMuted: boolean;
  /** 1 is as it was filmed. */
  speed: number;
  areCaptionsShown: boolean;
  /** In which language, empty where the track told none; null until one was chosen. */
  captionLanguage: string | null;
  captionSize: CaptionSize;
  captionBackground: CaptionBackground;
}

/** Slowest and fastest that every browser plays with sound. */
export const SPEED_MIN = 0.25;
export const SPEED_MAX = 2;

const DEFAULTS: Choices = {
  volume: 1,
  isMuted: false,
  speed: 1,
  areCaptionsShown: false,
  captionLanguage: null,
  captionSize: "medium",
  captionBackground: "shade",
};

const KEY = "spillway.player";

/** Choices from what was kept. Anything may stand there; what is no choice is as if it were not kept. */
export function choicesOf(text: string | null): Choices {
  const kept = parse(text);
  const number = (value: unknown, min: number, max: number, otherwise: number) =>
    typeof value === "number" && value >= min && value <= max ? value : otherwise;
  const oneOf = <Value extends string>(values: readonly Value[], value: unknown, otherwise: Value) =>
    values.find((candidate) => candidate === value) ?? otherwise;
  return {
    volume: number(kept.volume, 0, 1, DEFAULTS.volume),
    isMuted: kept.isMuted === true,
    speed: number(kept.speed, SPEED_MIN, SPEED_MAX, DEFAULTS.speed),
    areCaptionsShown: kept.areCaptionsShown === true,
    captionLanguage: typeof kept.captionLanguage === "string" ? kept.captionLanguage : null,
    captionSize: oneOf(CAPTION_SIZES, kept.captionSize, DEFAULTS.captionSize),
    captionBackground: oneOf(CAPTION_BACKGROUNDS, kept.captionBackground, DEFAULTS.captionBackground),
  };
}

export function readChoices(): Choices {
  try {
    return choicesOf(localStorage.getItem(KEY));
  } catch {
    // Storage may be forbidden.
    return DEFAULTS;
  }
}

/** Keeps what changed; other pages may have kept something else meanwhile. */
export function keepChoices(change: Partial<Choices>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readChoices(), ...change }));
  } catch {
    // Forbidden or full: the choice holds while the page is open.
  }
}

function parse(text: string | null): Partial<Record<keyof Choices, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "null");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
