/**
 * Which picture of which sheet shows which time of a film. The server tells it as WebVTT (W3C) whose cues are
 * addresses with media fragments (W3C Media Fragments URI 1.0, §4.2.2): `storyboard/0#xywh=320,0,320,180`.
 */
import { SHEET_SIDE_MAX, STORYBOARD_CUES_MAX } from "../limits";

/** A picture on a sheet, in pixels, and the stretch of the film that it stands for. */
export interface Cue {
  start_ms: number;
  end_ms: number;
  /** Path of the sheet at this server. */
  sheetUrl: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

const TIMES =
  /^(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})/;

const PLACE = /^([^#\s]+)#xywh=(?:pixel:)?(\d{1,6}),(\d{1,6}),(\d{1,6}),(\d{1,6})$/;

/**
 * The cues of a storyboard in time order. `url` is the path it came from, which those of its sheets are relative
 * to. What cannot be read or points to another server is left out; arbitrary text has no cues.
 */
export function parseStoryboard(vtt: string, url: string): Cue[] {
  const cues: Cue[] = [];
  const lines = vtt.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (!/^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? "")) return cues;
  for (const [index, line] of lines.entries()) {
    if (cues.length === STORYBOARD_CUES_MAX) break;
    const times = TIMES.exec(line);
    if (times === null) continue;
    const cue = cueOf(times, lines[index + 1] ?? "", url);
    if (cue !== null) cues.push(cue);
  }
  return cues.sort((a, b) => a.start_ms - b.start_ms);
}

function cueOf(times: RegExpExecArray, text: string, url: string): Cue | null {
  const place = PLACE.exec(text.trim());
  const sheetUrl = place === null ? null : pathOf(place[1] ?? "", url);
  if (place === null || sheetUrl === null) return null;
  const [x, y, width, height] = [2, 3, 4, 5].map((part) => Number(place[part])) as Numbers;
  const isOnSheet = width > 0 && height > 0 && x + width <= SHEET_SIDE_MAX && y + height <= SHEET_SIDE_MAX;
  const [start_ms, end_ms] = [positionOf(times, 1), positionOf(times, 5)];
  if (!isOnSheet || end_ms <= start_ms) return null;
  return { start_ms, end_ms, sheetUrl, x, y, width, height };
}

type Numbers = [number, number, number, number];

function positionOf(times: RegExpExecArray, from: number): number {
  const [hours, minutes, seconds, ms] = [0, 1, 2, 3].map((part) =>
    Number(times[from + part] ?? 0),
  ) as Numbers;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

/** An address relative to a path, as a path of the same server; null if it is another's. */
function pathOf(address: string, base: string): string | null {
  const here = "http://here.invalid";
  try {
    const { origin, pathname, search } = new URL(address, here + base);
    return origin === here ? pathname + search : null;
  } catch {
    return null;
  }
}

/** The cue that shows a position: the last that has begun, before the first the first. Null if there are none. */
export function cueAt(cues: readonly Cue[], position_ms: number): Cue | null {
  let [low, high] = [0, cues.length];
  // Those before `low` have begun, those from `high` on have not.
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cues[middle]?.start_ms ?? 0) <= position_ms) low = middle + 1;
    else high = middle;
  }
  return cues[Math.max(0, low - 1)] ?? null;
}

/** The sheet that will be needed next, most likely: that on the side of its own sheet where the cue is nearer. */
export function neighbourSheet(cues: readonly Cue[], cue: Cue): string | null {
  const first = cues.findIndex(({ sheetUrl }) => sheetUrl === cue.sheetUrl);
  const last = cues.findLastIndex(({ sheetUrl }) => sheetUrl === cue.sheetUrl);
  const before = cues[first - 1]?.sheetUrl ?? null;
  const after = cues[last + 1]?.sheetUrl ?? null;
  const isInFirstHalf = cues.indexOf(cue) - first < last - cues.indexOf(cue);
  return isInFirstHalf ? (before ?? after) : (after ?? before);
}
