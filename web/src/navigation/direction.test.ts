import { expect, test } from "vitest";
import { type Box, type Direction, nearestIn } from "./direction";

const box = (left: number, top: number, width = 100, height = 100): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

test.each<[string, Direction, Box, Box[], number]>([
  ["nothing there", "right", box(0, 0), [], -1],
  ["the neighbour, not the one after", "right", box(0, 0), [box(240, 0), box(120, 0)], 1],
  ["what is behind does not count", "right", box(240, 0), [box(0, 0), box(120, 0)], -1],
  ["left", "left", box(240, 0), [box(0, 0), box(120, 0)], 1],
  ["sideways stays in the row", "right", box(0, 0), [box(120, 300)], -1],
  ["down to what stands below", "down", box(120, 0), [box(0, 150), box(120, 150), box(240, 150)], 1],
  ["the next row before the one after", "down", box(0, 0), [box(0, 400), box(300, 150)], 1],
  ["up", "up", box(0, 400), [box(0, 0), box(0, 200)], 1],
  ["a wide button below is straight below", "down", box(500, 0), [box(0, 150, 1000), box(480, 300)], 0],
])("%s", (_, direction, from, boxes, index) => {
  expect(nearestIn(direction, from, boxes)).toBe(index);
});
