import { expect, test } from "vitest";
import type { Outcome, TitleQuery } from "../api";
import { film } from "../test-titles";
import type { Page, TitleItem } from "../types";
import { findLetter, LETTERS, nameKey } from "./letters";

test.each([
  ["The Ångström  Affair", "angstrom affair"],
  ["A Dog", "dog"],
  ["An Élan", "elan"],
  ["Anna", "anna"],
  ["Theatre", "theatre"],
])("%s is ordered as %s", (name, key) => {
  expect(nameKey(name)).toBe(key);
});

const NAMES = ["12 Angry Men", "Alien", "The Birds", "Blow Out", "Élan", "Zulu"].flatMap((name) =>
  Array.from({ length: 70 }, (_, number) => `${name} ${String(number).padStart(3, "0")}`),
);

const EVERY = 10;

function listOf(isBackwards: boolean) {
  const titles = [...NAMES]
    .sort((a, b) => (nameKey(a) < nameKey(b) ? -1 : 1) * (isBackwards ? -1 : 1))
    .map((name) => film(name));
  let questions = 0;
  const outline = {
    total: titles.length,
    every: EVERY,
    cursors: Array.from({ length: titles.length / EVERY - 1 }, (_, page) => String((page + 1) * EVERY)),
  };
  const fetchTitles = async ({ cursor, limit }: TitleQuery): Promise<Outcome<Page<TitleItem>>> => {
    questions += 1;
    const from = Number(cursor ?? 0);
    return {
      status: "success",
      value: { items: titles.slice(from, from + (limit ?? 0)), next_cursor: null },
    };
  };
  return { titles, outline, fetchTitles, questions: () => questions };
}

test.each([
  ["from A", "name", false],
  ["from Z", "-name", true],
] as const)("every letter is found, %s", async (_, sort, isBackwards) => {
  for (const letter of LETTERS) {
    const { titles, outline, fetchTitles, questions } = listOf(isBackwards);
    const index = await findLetter(letter, { sort }, outline, fetchTitles, new AbortController().signal);
    const initial = (title: TitleItem | undefined) => (nameKey(title?.name ?? "")[0] ?? "").toUpperCase();
    const own = titles.findIndex((title) =>
      letter === "#" ? /\d/.test(initial(title)) : initial(title) === letter,
    );
    if (own !== -1) expect(index).toBe(own);
    expect(index).toBeGreaterThanOrEqual(0);
    expect(index).toBeLessThan(titles.length);
    expect(questions()).toBeLessThanOrEqual(Math.ceil(Math.log2(outline.cursors.length + 1)) + 1);
  }
});

test("a question that fails finds nothing", async () => {
  const { outline } = listOf(false);
  const failing = async (): Promise<Outcome<Page<TitleItem>>> => ({
    status: "error",
    message: "no",
    httpStatus: null,
  });
  expect(await findLetter("B", { sort: "name" }, outline, failing, new AbortController().signal)).toBeNull();
});
