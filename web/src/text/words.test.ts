import { afterEach, expect, test, vi } from "vitest";
import { languageFor, speak } from "./languages";
import { formatAll, formatCount, formatFigure } from "./numbers";
import { formatAgo, formatDate, formatDuration } from "./time";
import { languageName } from "./title-words";
import { rich, t, tn } from "./words";

afterEach(() => speak("en"));

test.each([
  ["the only one", ["de"], "de"],
  ["of whatever country", ["de-AT"], "de"],
  ["the first that is spoken", ["fr-FR", "de-DE", "en"], "de"],
  ["English before others", ["en-GB", "de"], "en"],
  ["English where none is spoken", ["fr-FR"], "en"],
  ["English where nothing is wished", [], "en"],
])("the language is %s", (_, wished, language) => {
  expect(languageFor(wished)).toBe(language);
});

test("English says what stands in the code", () => {
  expect(t("Try again")).toBe("Try again");
  expect(t("Part {part} of {parts}", { part: 1, parts: 1_200 })).toBe("Part 1 of 1,200");
  expect(tn(1, "{count} title", "{count} titles")).toBe("1 title");
  expect(tn(1_200, "{count} title", "{count} titles")).toBe("1,200 titles");
});

test("what tells two meanings apart is not said", () => {
  expect(t("Home #key")).toBe("Home");
});

test("values are not read as sentences", () => {
  expect(t("Collections with {name}", { name: "{name} $& {count}" })).toBe(
    "Collections with {name} $& {count}",
  );
});

test("German says its own sentences", async () => {
  await speak("de");
  expect(t("Try again")).toBe("Erneut versuchen");
  expect(t("Home #key")).toBe("Pos1");
  expect(t("Home")).toBe("Start");
  expect(tn(1, "{count} episode", "{count} episodes")).toBe("1 Folge");
  expect(tn(1_200, "{count} episode", "{count} episodes")).toBe("1.200 Folgen");
});

test("elements stand where the language wants them", async () => {
  const command = { tag: "code" };
  const parts = () =>
    rich("Start Spillway with {command}, or put video files into a folder it already knows and scan again.", {
      command,
    });
  expect(parts()).toEqual([
    "Start Spillway with ",
    command,
    ", or put video files into a folder it already knows and scan again.",
  ]);
  await speak("de");
  expect(parts()).toContain(command);
});

test("numbers, lists, names and times are those of the language", async () => {
  const told = () => [
    formatCount(12_345),
    formatFigure(1.25, 1),
    formatAll(["A", "B"]),
    languageName("fr"),
    formatAgo(0, 7_200_000),
    formatDate("2024-05-03"),
    formatDuration(5_520_000),
  ];
  expect(told()).toEqual(["12,345", "1.3", "A and B", "French", "2 hours ago", "May 3, 2024", "1 h 32 min"]);
  await speak("de");
  expect(told()).toEqual([
    "12.345",
    "1,3",
    "A und B",
    "Französisch",
    "vor 2 Stunden",
    "3. Mai 2024",
    "1 Std. 32 Min.",
  ]);
});

test("English goes on where the words of another language do not come", async () => {
  vi.resetModules();
  vi.doMock("./de", () => {
    throw new Error("away");
  });
  const fresh = await import("./languages");
  await fresh.speak("de");
  expect(fresh.language()).toBe("en");
  expect(fresh.translations()).toBeNull();
  vi.doUnmock("./de");
});
