import { expect, test } from "vitest";
import type { Chapter } from "../types";
import { chapterAt, skippableAt } from "./chapters";

const chapters = (...names: string[]): Chapter[] =>
  names.map((name, index) => ({ name, start_ms: index * 1_000, end_ms: null }));

test.each([
  ["the first moment of a chapter", 1_000, "B"],
  ["the last of the one before", 999, "A"],
  ["after the last has begun", 9_000, "C"],
])("%s", (_, position_ms, name) => {
  expect(chapterAt(chapters("A", "B", "C"), position_ms)?.name).toBe(name);
});

test("before the first chapter there is none", () => {
  expect(chapterAt([{ name: "A", start_ms: 500, end_ms: null }], 499)).toBeNull();
  expect(chapterAt([], 0)).toBeNull();
});

test.each([
  ["an intro leads to the story", ["Intro", "Story"], 500, { part: "intro", to_ms: 1_000 }],
  ["opening titles, too", ["Opening Titles", "Story"], 0, { part: "intro", to_ms: 1_000 }],
  [
    "a recap leads to the intro",
    ["Previously on Night Trams", "OP", "Story"],
    0,
    { part: "recap", to_ms: 1_000 },
  ],
  ["credits at the end lead nowhere", ["Story", "End Credits"], 1_500, { part: "credits", to_ms: null }],
  [
    "credits before a scene lead to it",
    ["Story", "credits", "Scene"],
    1_500,
    { part: "credits", to_ms: 2_000 },
  ],
  [
    "credits in two chapters are one",
    ["Story", "Credits", "Ending"],
    1_500,
    { part: "credits", to_ms: null },
  ],
  ["a story is not skipped", ["Intro", "Story"], 1_000, null],
  ["a story of an opening", ["The Opening of the Tomb", "B"], 0, null],
  ["a chapter without a name", ["", "B"], 0, null],
])("%s", (_, names, position_ms, expected) => {
  expect(skippableAt(chapters(...names), position_ms)).toEqual(expected);
});
