import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome } from "../api";
import { PICTURE_RETRY_MS_MAX, PICTURE_TRIES_MAX, SHEETS_KEPT_MAX } from "../limits";
import { StoryboardFrames } from "./storyboard-frames";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sheets of two pictures, of two seconds each. */
function storyboard(sheets: number): string {
  const cues = Array.from({ length: 2 * sheets }, (_, index) => {
    const second = (at: number) => String(2 * at).padStart(2, "0");
    const sheet = Math.floor(index / 2);
    return `00:00:${second(index)}.000 --> 00:00:${second(index + 1)}.000\nstoryboard/${sheet}#xywh=${320 * (index % 2)},0,320,180\n`;
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

const found = <Value>(value: Value): Outcome<Value> => ({ status: "success", value });
const failed = (httpStatus: number | null, retryAfter_ms?: number): Outcome<never> => ({
  status: "error",
  message: "",
  httpStatus,
  ...(retryAfter_ms === undefined ? {} : { retryAfter_ms }),
});

/** A server that is asked by addresses and answers when told to. */
function server() {
  const asked: string[] = [];
  const closed: string[] = [];
  const waiting = new Map<string, (outcome: Outcome<never>) => void>();
  const ask = (name: string, signal: AbortSignal) => {
    asked.push(name);
    return new Promise<Outcome<never>>((resolve) => {
      waiting.set(name, resolve);
      signal.addEventListener("abort", () => {
        waiting.delete(name);
        resolve({ status: "aborted" });
      });
    });
  };
  const answer = async (name: string, outcome: Outcome<unknown>) => {
    const resolve = waiting.get(name);
    waiting.delete(name);
    resolve?.(outcome as Outcome<never>);
    await vi.advanceTimersByTimeAsync(0);
  };
  const onChange = vi.fn();
  const frames = new StoryboardFrames("f1", onChange, {
    fetchStoryboard: (_, signal) => ask("cues", signal),
    fetchSheet: (url, signal) => ask(nameOf(url), signal),
  });
  const sheet = (number: number) =>
    answer(`${number}`, found({ width: 640, height: 180, close: () => closed.push(`${number}`) }));
  return { asked, closed, waiting, answer, sheet, onChange, frames };
}

const nameOf = (url: string) => url.split("/").at(-1) ?? "";

/** A server that has told the cues of so many sheets. */
async function serverWith(sheets: number, wish_ms = 0) {
  const parts = server();
  parts.frames.wish(wish_ms);
  await parts.answer("cues", found(storyboard(sheets)));
  return parts;
}

test("nothing is asked for before the first wish", async () => {
  const { asked, frames } = server();
  expect(frames.frameAt(0)).toBeNull();
  expect(frames.expects(0)).toBe(false);
  expect(asked).toEqual([]);
  frames.wish(0);
  frames.wish(1_000);
  expect(asked).toEqual(["cues"]);
});

test("the sheet of the wish is loaded, then its neighbour, and no other", async () => {
  const { asked, frames, sheet, onChange } = await serverWith(5, 6_500);
  expect(asked).toEqual(["cues", "1"]);
  expect(frames.expects(6_500)).toBe(true);
  expect(frames.frameAt(6_500)).toBeNull();
  await sheet(1);
  expect(asked).toEqual(["cues", "1", "2"]);
  expect(frames.frameAt(6_500)).toMatchObject({ cue: { start_ms: 6_000, x: 320 }, sheet: { width: 640 } });
  await sheet(2);
  expect(asked).toEqual(["cues", "1", "2"]);
  expect(onChange).toHaveBeenCalledTimes(3);
});

test("a new wish gives up what is on its way for another", async () => {
  const { asked, waiting, frames, sheet } = await serverWith(5);
  frames.wish(1_000);
  frames.wish(16_000);
  expect([...waiting.keys()]).toEqual(["4"]);
  await sheet(4);
  expect(asked).toEqual(["cues", "0", "4", "3"]);
  expect(frames.frameAt(16_000)).not.toBeNull();
  expect(frames.frameAt(0)).toBeNull();
});

test("only a few sheets are kept, never at the cost of the one that is shown", async () => {
  const { closed, frames, sheet } = await serverWith(9);
  for (const number of [0, 1, 2, 3, 4, 5, 6]) {
    frames.wish(number * 4_000);
    await sheet(number);
    expect(frames.frameAt(number * 4_000)).not.toBeNull();
  }
  const loaded = 7;
  expect(closed).toHaveLength(loaded - SHEETS_KEPT_MAX);
  frames.close();
  expect(closed).toHaveLength(loaded);
});

test("a server that is busy is asked again when it says, and not for ever", async () => {
  const { asked, answer, frames } = server();
  frames.wish(0);
  for (let attempt = 1; attempt < PICTURE_TRIES_MAX; attempt += 1) {
    await answer("cues", failed(503, 3_000));
    expect(asked).toHaveLength(attempt);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(asked).toHaveLength(attempt);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(attempt + 1);
  }
  await answer("cues", failed(503, 3_000));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(PICTURE_TRIES_MAX);
  expect(frames.expects(0)).toBe(false);
});

test("no wait is longer than our own bound", async () => {
  const { asked, answer, frames } = server();
  frames.wish(0);
  await answer("cues", failed(503, 86_400_000));
  await vi.advanceTimersByTimeAsync(PICTURE_RETRY_MS_MAX);
  expect(asked).toHaveLength(2);
});

test.each([
  ["none can be made", failed(404)],
  ["the server cannot be reached", failed(null)],
  ["the answer is no storyboard", found("<html>")],
])("where %s nothing more is asked for", async (_, outcome) => {
  const { asked, answer, frames, onChange } = server();
  frames.wish(0);
  await answer("cues", outcome);
  frames.wish(5_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toEqual(["cues"]);
  expect(frames.expects(0)).toBe(false);
  expect(onChange).toHaveBeenCalledTimes(1);
});

test("a sheet that cannot be made leaves the others", async () => {
  const { asked, answer, frames, sheet } = await serverWith(2);
  await answer("0", failed(404));
  expect(frames.expects(0)).toBe(false);
  expect(frames.expects(5_000)).toBe(true);
  await sheet(1);
  frames.wish(0);
  expect(asked).toEqual(["cues", "0", "1"]);
});

test("a place beyond the sheet is no picture", async () => {
  const { answer, frames } = await serverWith(1);
  await answer("0", found({ width: 320, height: 180, close: () => undefined }));
  expect(frames.frameAt(0)).not.toBeNull();
  expect(frames.frameAt(2_000)).toBeNull();
});

test("closing gives up what is on its way, also a wait", async () => {
  const busy = server();
  busy.frames.wish(0);
  await busy.answer("cues", failed(503, 1_000));
  busy.frames.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(busy.asked).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);

  const loading = await serverWith(2);
  loading.frames.close();
  expect(loading.waiting.size).toBe(0);
  expect(loading.frames.frameAt(0)).toBeNull();
});
