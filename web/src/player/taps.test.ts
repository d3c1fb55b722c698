import { expect, test } from "vitest";
import { DOUBLE_TAP_MS } from "../limits";
import { type Side, sideOf, Taps } from "./taps";

test.each([
  [0, "left"],
  [0.33, "left"],
  [0.34, "middle"],
  [0.66, "middle"],
  [0.67, "right"],
  [1, "right"],
])("%d of the width is %s", (share, side) => {
  expect(sideOf(share)).toBe(side);
});

test.each<[string, [number, Side][], number[]]>([
  ["one tap", [[0, "left"]], [1]],
  [
    "two quick ones",
    [
      [0, "left"],
      [DOUBLE_TAP_MS, "left"],
    ],
    [1, 2],
  ],
  [
    "three go on",
    [
      [0, "right"],
      [200, "right"],
      [400, "right"],
    ],
    [1, 2, 3],
  ],
  [
    "two slow ones",
    [
      [0, "left"],
      [DOUBLE_TAP_MS + 1, "left"],
    ],
    [1, 1],
  ],
  [
    "one at each side",
    [
      [0, "left"],
      [100, "right"],
    ],
    [1, 1],
  ],
  [
    "the middle does not count",
    [
      [0, "middle"],
      [100, "middle"],
    ],
    [1, 1],
  ],
])("%s", (_, taps, counts) => {
  const read = new Taps();
  expect(taps.map(([at_ms, side]) => read.tap(at_ms, side))).toEqual(counts);
});
