import { expect, test } from "vitest";
import { titlesWords, yearsWords } from "./filter-words";

test.each([
  ["a decade", 1990, 1999, "1990s"],
  ["years that are none", 1991, 2000, "1991–2000"],
  ["one year", 1990, 1990, "1990"],
  ["an open end", 1990, null, "From 1990"],
  ["an open beginning", null, 1999, "Until 1999"],
])("%s", (_, year_min, year_max, words) => {
  expect(yearsWords({ year_min, year_max })).toBe(words);
});

test.each([
  [0, "0 titles"],
  [1, "1 title"],
  [100_000, "100,000 titles"],
])("%d are %s", (count, words) => {
  expect(titlesWords(count)).toBe(words);
});
