import { expect, test } from "vitest";
import { type FocusedPart, keyMap, playerCommand } from "./keyboard";

const press = (key: string, focused: FocusedPart = "nothing", modifier = {}) =>
  playerCommand({ key, ctrlKey: false, metaKey: false, altKey: false, ...modifier }, focused);

const rows = keyMap().flatMap(({ rows }) => rows);

test("no key means two things", () => {
  const keys = rows.flatMap(({ commands }) => Object.keys(commands));
  expect(new Set(keys).size).toBe(keys.length);
});

test("every key that is told of is one that does what is told", () => {
  const names: Record<string, string> = {
    Space: " ",
    "←": "ArrowLeft",
    "→": "ArrowRight",
    "↑": "ArrowUp",
    "↓": "ArrowDown",
    Esc: "Escape",
  };
  for (const { caps, commands } of rows) {
    for (const cap of caps.filter((cap) => cap !== "…")) {
      const key = names[cap] ?? cap;
      expect(Object.values(commands), cap).toContainEqual(press(key));
    }
  }
});

test.each<[string, string, FocusedPart, object | null]>([
  ["space toggles", " ", "nothing", { do: "toggle" }],
  ["space presses a focused button", " ", "control", null],
  ["space toggles from the time line", " ", "timeLine", { do: "toggle" }],
  ["letters work from everywhere", "k", "control", { do: "toggle" }],
  ["also with caps lock", "K", "nothing", { do: "toggle" }],
  ["arrows seek", "ArrowLeft", "nothing", { do: "seek", by_s: -10 }],
  ["arrows move among buttons", "ArrowLeft", "control", null],
  ["arrows seek along the time line", "ArrowRight", "timeLine", { do: "seek", by_s: 10 }],
  ["arrows lead away from the time line", "ArrowDown", "timeLine", null],
  ["a slider has its ends", "End", "slider", null],
  ["the time line ends where the film does", "End", "timeLine", { do: "seekToEnd" }],
  ["digits are tenths", "7", "nothing", { do: "seekToShare", share: 0.7 }],
  ["zero is the beginning", "0", "nothing", { do: "seekToShare", share: 0 }],
  ["slower", "<", "nothing", { do: "speed", steps: -1 }],
  ["what means nothing", "x", "nothing", null],
])("%s", (_, key, focused, command) => {
  expect(press(key, focused)).toEqual(command);
});

test.each(["ctrlKey", "metaKey", "altKey"])("with %s a key is the browser's", (modifier) => {
  expect(press("f", "nothing", { [modifier]: true })).toBeNull();
});
