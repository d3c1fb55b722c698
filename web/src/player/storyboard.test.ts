import { expect, test } from "vitest";
import { SHEET_SIDE_MAX, STORYBOARD_CUES_MAX } from "../limits";
import { type Cue, cueAt, neighbourSheet, parseStoryboard } from "./storyboard";

const url = "/api/v1/files/f1/storyboard.vtt";

const parsed = (...lines: string[]) => parseStoryboard(["WEBVTT", "", ...lines].join("\n"), url);

test("cues tell the time, the sheet beside the storyboard, and the place on it", () => {
  const vtt =
    "WEBVTT\n\n00:00:00.000 --> 00:00:02.021\nstoryboard/0#xywh=0,0,320,180\n" +
    "\n01:00:02.021 --> 123:00:04.021\nstoryboard/12#xywh=320,180,320,180\n";
  expect(parseStoryboard(vtt, url)).toEqual([
    {
      start_ms: 0,
      end_ms: 2_021,
      sheetUrl: "/api/v1/files/f1/storyboard/0",
      x: 0,
      y: 0,
      width: 320,
      height: 180,
    },
    {
      start_ms: 3_602_021,
      end_ms: 442_804_021,
      sheetUrl: "/api/v1/files/f1/storyboard/12",
      x: 320,
      y: 180,
      width: 320,
      height: 180,
    },
  ]);
});

const times = "00:00:00.000 --> 00:00:02.000";
const place = "storyboard/0#xywh=0,0,320,180";

test.each([
  ["a carriage return at each end of line", `WEBVTT\r\n\r\n${times}\r\n${place}\r\n`],
  ["a byte order mark and a header", `\uFEFFWEBVTT - pictures\n\n${times}\n${place}`],
  [
    "times without hours, settings and an identifier",
    `WEBVTT\n\n7\n00:00.000 --> 00:02.000 line:0\n${place}`,
  ],
  ["a unit", `WEBVTT\n\n${times}\nstoryboard/0#xywh=pixel:0,0,320,180`],
])("%s can be read", (_, vtt) => {
  expect(parseStoryboard(vtt, url)).toMatchObject([{ start_ms: 0, end_ms: 2_000, width: 320, height: 180 }]);
});

test.each([
  ["nothing", ""],
  ["a page", "<!doctype html><title>WEBVTT</title>"],
  ["a cue before any header", `${times}\n${place}`],
  ["a word that only begins like the header", `WEBVTTS\n\n${times}\n${place}`],
  ["bytes", String.fromCharCode(...Array.from({ length: 512 }, (_, index) => (index * 37) % 256))],
])("%s has no cues", (_, vtt) => {
  expect(parseStoryboard(vtt, url)).toEqual([]);
});

test.each([
  ["no place", times, "storyboard/0"],
  ["no text", times, ""],
  ["no sheet", times, "#xywh=0,0,320,180"],
  ["three numbers", times, "storyboard/0#xywh=0,0,320"],
  ["five numbers", times, "storyboard/0#xywh=0,0,320,180,1"],
  ["percent", times, "storyboard/0#xywh=percent:0,0,10,10"],
  ["negative numbers", times, "storyboard/0#xywh=-320,0,320,180"],
  ["fractions", times, "storyboard/0#xywh=0.5,0,320,180"],
  ["a picture without width", times, "storyboard/0#xywh=0,0,0,180"],
  ["a picture without height", times, "storyboard/0#xywh=0,0,320,0"],
  ["a sheet larger than any", times, `storyboard/0#xywh=${SHEET_SIDE_MAX},0,1,1`],
  ["numbers larger than any", times, `storyboard/0#xywh=0,0,${"9".repeat(400)},180`],
  ["another server", times, "https://example.org/0#xywh=0,0,320,180"],
  ["another server in few letters", times, "//example.org/0#xywh=0,0,320,180"],
  ["a script", times, "javascript:alert(1)#xywh=0,0,320,180"],
  ["no address", times, "http://[#xywh=0,0,320,180"],
  ["an end before the beginning", "00:00:02.000 --> 00:00:01.000", place],
  ["no duration", "00:00:02.000 --> 00:00:02.000", place],
  ["a minute too long", "00:60:00.000 --> 00:61:00.000", place],
  ["hours without end", `${"9".repeat(400)}:00:00.000 --> ${"9".repeat(400)}:00:01.000`, place],
])("a cue with %s is left out, and the next is not", (_, line, text) => {
  expect(parsed(line, text, "", "00:00:04.000 --> 00:00:06.000", place)).toMatchObject([{ start_ms: 4_000 }]);
});

test("more cues than any storyboard has are cut", () => {
  const vtt = `WEBVTT\n${`\n${times}\n${place}\n`.repeat(STORYBOARD_CUES_MAX + 5)}`;
  expect(parseStoryboard(vtt, url)).toHaveLength(STORYBOARD_CUES_MAX);
});

test("cues come in time order, whatever that of the text", () => {
  const cues = parsed("00:00:04.000 --> 00:00:06.000", place, "", times, place);
  expect(cues.map(({ start_ms }) => start_ms)).toEqual([0, 4_000]);
});

const cue = (start_ms: number, sheet = 0): Cue => ({
  start_ms,
  end_ms: start_ms + 2_000,
  sheetUrl: `/${sheet}`,
  x: 0,
  y: 0,
  width: 320,
  height: 180,
});

test.each([
  ["before the first", -1, 1_000],
  ["where the first begins", 1_000, 1_000],
  ["the last moment of the first", 2_999, 1_000],
  ["where the second begins", 3_000, 3_000],
  ["between two, where none is", 5_500, 3_000],
  ["the last", 6_000, 6_000],
  ["behind the end", 1e12, 6_000],
  ["nowhere", Number.NaN, 1_000],
])("the cue of a position %s", (_, position_ms, start_ms) => {
  expect(cueAt([cue(1_000), cue(3_000), cue(6_000)], position_ms)?.start_ms).toBe(start_ms);
});

test("no cues, no cue", () => {
  expect(cueAt([], 0)).toBeNull();
});

test.each([
  ["the beginning of a sheet: that before", 3, "/0"],
  ["the end of a sheet: that behind", 5, "/2"],
  ["the first sheet: the second", 0, "/1"],
  ["the last sheet: that before", 8, "/1"],
])("the neighbour of %s", (_, index, expected) => {
  const cues = [0, 0, 0, 1, 1, 1, 2, 2, 2].map((sheet, number) => cue(number * 2_000, sheet));
  expect(neighbourSheet(cues, cues[index] as Cue)).toBe(expected);
});

test("a single sheet has no neighbour", () => {
  const cues = [cue(0), cue(2_000)];
  expect(neighbourSheet(cues, cues[1] as Cue)).toBeNull();
});
