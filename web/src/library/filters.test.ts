import { expect, test } from "vitest";
import {
  chipsOf,
  decadeOf,
  decadesOf,
  type Filters,
  filtersOf,
  libraryAddress,
  NO_FILTERS,
  parametersOf,
  sortOf,
  toggled,
} from "./filters";

const ALL: Filters = {
  genre: "Drama & Krimi",
  year_min: 1990,
  year_max: 1999,
  watched: "started",
  resolution: ["ultra_hd", "sd"],
  is_hdr: true,
  video_codec: ["hevc", "av1"],
  language: "pt-BR",
  is_favourite: true,
};

const queryOf = (address: string) => Object.fromEntries(new URL(address, "http://here.invalid").searchParams);

test.each([
  ["none", NO_FILTERS],
  ["all", ALL],
  ["an open end of years", { ...NO_FILTERS, year_min: 2000 }],
])("an address keeps its filters: %s", (_, filters) => {
  expect(filtersOf(queryOf(libraryAddress("/films", filters, "-year")))).toEqual(filters);
});

test("the plain list has the plain address", () => {
  expect(libraryAddress("/films", NO_FILTERS, "name")).toBe("/films");
  expect(parametersOf(NO_FILTERS)).toEqual({});
});

test.each([
  ["a year in words", { year_min: "nineteen" }],
  ["a year before years", { year_max: "-1" }],
  ["a state that there is not", { watched: "toString" }],
  ["a resolution that there is not", { resolution: "8k" }],
  ["a flag of something else", { hdr: "1", favourite: "yes" }],
  ["empty values", { genre: "", video_codec: ",,", language: "" }],
])("what is no filter is none: %s", (_, query) => {
  expect(filtersOf(query)).toEqual(NO_FILTERS);
});

test("an order that there is not is the usual one", () => {
  expect(sortOf({ sort: "random" })).toBe("name");
  expect(sortOf({ sort: "-year" })).toBe("-year");
});

test("a value told twice is one, and there is an end of them", () => {
  expect(filtersOf({ video_codec: "av1,av1" }).video_codec).toEqual(["av1"]);
  const many = Array.from({ length: 500 }, (_, index) => `c${index}`).join(",");
  expect(filtersOf({ video_codec: many }).video_codec.length).toBeLessThan(100);
});

test("each chip takes away what it names and nothing else; all of them, everything", () => {
  const chips = chipsOf(ALL);
  expect(chips).toHaveLength(10);
  for (const chip of chips) {
    const left = chipsOf(chip.without);
    expect(left).toHaveLength(chips.length - 1);
    expect(left.some(({ filter, value }) => filter === chip.filter && value === chip.value)).toBe(false);
  }
  let filters = ALL;
  for (let [chip] = chipsOf(filters); chip !== undefined; [chip] = chipsOf(filters)) filters = chip.without;
  expect(filters).toEqual(NO_FILTERS);
});

test("decades", () => {
  expect(decadesOf({ min: 1995, max: 2021 })).toEqual([2020, 2010, 2000, 1990]);
  expect(decadesOf({ min: 2000, max: 2000 })).toEqual([2000]);
  expect(decadeOf({ ...NO_FILTERS, year_min: 1990, year_max: 1999 })).toBe(1990);
  expect(decadeOf({ ...NO_FILTERS, year_min: 1991, year_max: 2000 })).toBeNull();
});

test("toggling twice changes nothing", () => {
  expect(toggled(toggled(["a", "b"], "c"), "c")).toEqual(["a", "b"]);
});
