import { expect, test } from "vitest";
import { speedWord, stepSpeed } from "./speed";

test.each([
  ["up", 1, 1, 1.25],
  ["down", 1, -1, 0.75],
  ["up from between two", 1.1, 1, 1.25],
  ["down from between two", 1.1, -1, 1],
  ["not above the fastest", 2, 1, 2],
  ["not below the slowest", 0.25, -1, 0.25],
] as const)("a step %s", (_, from, steps, to) => {
  expect(stepSpeed(from, steps)).toBe(to);
});

test("speeds are written short", () => {
  expect([0.25, 1, 1.5].map(speedWord)).toEqual(["0.25×", "1×", "1.5×"]);
});
