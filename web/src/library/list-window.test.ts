import { describe, expect, test } from "vitest";
import {
  cellTop_px,
  contentHeight_px,
  contentShowing_px,
  evenShift_px,
  positionOf,
  type Range,
  rangeAt,
  rowsOf,
  type Shape,
  type Step,
  samePlace_px,
  scrolledTo,
  scrollHeight_px,
  scrollMax_px,
  stepFrom,
} from "./list-window";

const START = { scroll_px: 0, shift_px: 0 };

/** Repeatable numbers below 1 (Lehmer, 1951), so that a failure can be seen again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** Many lists: short, long, and so long that no browser could make an element of them. */
const SHAPES: Shape[] = Array.from({ length: 300 }, (_, seed) => {
  const random = randomOf(seed + 1);
  return {
    count: Math.floor(10 ** (random() * 6.3)),
    columns: 1 + Math.floor(random() * 12),
    row_px: 80 + random() * 500,
    view_px: 300 + random() * 1_800,
    scroll_px_max: scrollMax_px(1 + random() * 3),
  };
});

const scrolls = (shape: Shape): number[] => {
  const way_px = Math.max(0, scrollHeight_px(shape) - shape.view_px);
  return [0, 0.001, 0.2, 0.5, 0.73, 0.999, 1].map((share) => share * way_px);
};

const inSight = (shape: Shape, scroll_px: number): Range =>
  rangeAt(shape, scrolledTo(shape, { scroll_px: -1e9, shift_px: 0 }, scroll_px), 0);

describe("of any list", () => {
  test("no element is higher than browsers can make it, and a list that fits is not squeezed", () => {
    for (const shape of SHAPES) {
      expect(scrollHeight_px(shape)).toBeLessThanOrEqual(shape.scroll_px_max);
      if (contentHeight_px(shape) > shape.scroll_px_max) continue;
      for (const scroll_px of scrolls(shape)) expect(evenShift_px(shape, scroll_px)).toBe(0);
    }
  });

  test("the start of the scroll bar shows the first title, its end the last", () => {
    for (const shape of SHAPES) {
      const way_px = Math.max(0, scrollHeight_px(shape) - shape.view_px);
      expect(inSight(shape, 0).first).toBe(0);
      expect(inSight(shape, way_px).last).toBe(shape.count - 1);
    }
  });

  test("further down never shows earlier titles", () => {
    for (const shape of SHAPES) {
      const firsts = scrolls(shape).map((scroll_px) => inSight(shape, scroll_px).first);
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    }
  });

  test("what is in sight is all that fits, and hardly more", () => {
    for (const shape of SHAPES) {
      for (const scroll_px of scrolls(shape)) {
        const { first, last } = inSight(shape, scroll_px);
        const rowsInSight = Math.ceil(shape.view_px / shape.row_px) + 1;
        expect(last - first + 1).toBeLessThanOrEqual(rowsInSight * shape.columns);
        expect(first % shape.columns).toBe(0);
        const position = scrolledTo(shape, { scroll_px: -1e9, shift_px: 0 }, scroll_px);
        expect(cellTop_px(shape, position.shift_px, first) - scroll_px).toBeLessThanOrEqual(1e-6);
        const bottom_px = cellTop_px(shape, position.shift_px, last) + shape.row_px - scroll_px;
        const isAtEnd = last === shape.count - 1;
        if (!isAtEnd) expect(bottom_px).toBeGreaterThanOrEqual(shape.view_px - 1e-6);
      }
    }
  });

  test("a place that was gone to is the place that is shown, and scrolling there finds it again", () => {
    for (const shape of SHAPES) {
      const random = randomOf(shape.count + 7);
      for (let round = 0; round < 5; round += 1) {
        const reach_px = Math.max(0, contentHeight_px(shape) - shape.view_px);
        const content_px = random() * reach_px;
        const position = positionOf(shape, content_px);
        expect(position.scroll_px + position.shift_px).toBeCloseTo(content_px, 3);
        expect(evenShift_px(shape, position.scroll_px)).toBeCloseTo(position.shift_px, 3);
      }
    }
  });

  test("a little scrolling moves what is seen by just as much", () => {
    for (const shape of SHAPES) {
      const before = positionOf(shape, contentHeight_px(shape) / 2);
      const after = scrolledTo(shape, before, before.scroll_px + 90);
      expect(after.shift_px).toBeCloseTo(before.shift_px, 6);
    }
  });

  test("a title that is gone to is wholly in sight, below and above what lies over the list", () => {
    for (const shape of SHAPES.filter(({ row_px, view_px }) => row_px + 120 < view_px)) {
      const random = randomOf(shape.count + 3);
      const room = { above_px: 70, below_px: 40 };
      for (let round = 0; round < 5; round += 1) {
        const index = Math.floor(random() * shape.count);
        const reach_px = Math.max(0, contentHeight_px(shape) - shape.view_px);
        const from = positionOf(shape, random() * reach_px);
        const there = positionOf(shape, contentShowing_px(shape, from, index, room));
        const top_px = cellTop_px(shape, there.shift_px, index) - there.scroll_px;
        expect(top_px).toBeGreaterThanOrEqual(room.above_px - 1e-3);
        expect(top_px + shape.row_px).toBeLessThanOrEqual(shape.view_px - room.below_px + 1e-3);
        const { first, last } = rangeAt(shape, there, 0);
        expect(index).toBeGreaterThanOrEqual(first);
        expect(index).toBeLessThanOrEqual(last);
      }
    }
  });

  test("every key leads to a title of the list or out of it, and ways lead back", () => {
    const back: Partial<Record<Step, Step>> = { left: "right", right: "left", up: "down" };
    for (const shape of SHAPES) {
      const random = randomOf(shape.count + 11);
      for (let round = 0; round < 5; round += 1) {
        const index = Math.floor(random() * shape.count);
        for (const step of ["left", "right", "up", "down", "pageUp", "pageDown", "home", "end"] as const) {
          const to = stepFrom(shape, index, step);
          if (to === null) continue;
          expect(to).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThan(shape.count);
          const opposite = back[step];
          if (opposite !== undefined) expect(stepFrom(shape, to, opposite)).toBe(index);
        }
      }
    }
  });
});

const ten: Shape = { count: 10, columns: 4, row_px: 100, view_px: 250, scroll_px_max: 1e6 };

test("in a window of another size the same title is in sight", () => {
  for (const [number, before] of SHAPES.entries()) {
    const after = { ...(SHAPES[(number + 1) % SHAPES.length] as Shape), count: before.count };
    const random = randomOf(number + 5);
    const reach_px = Math.max(0, contentHeight_px(before) - before.view_px);
    const position = positionOf(before, random() * reach_px);
    const { first } = rangeAt(before, position, 0);
    const there = positionOf(after, samePlace_px(before, after, position));
    const range = rangeAt(after, there, 0);
    expect(first).toBeGreaterThanOrEqual(range.first);
    expect(first).toBeLessThanOrEqual(range.last);
  }
});

test("rows", () => {
  expect(rowsOf(ten)).toBe(3);
  expect(rowsOf({ ...ten, count: 0 })).toBe(0);
  expect(rangeAt({ ...ten, count: 0 }, START, 3)).toEqual({ first: 0, last: -1 });
  expect(rangeAt(ten, START, 0)).toEqual({ first: 0, last: 9 });
  expect(rangeAt({ ...ten, count: 400 }, { scroll_px: 150, shift_px: 0 }, 1)).toEqual({ first: 0, last: 19 });
});

test.each<[number, Step, number | null]>([
  [0, "left", null],
  [0, "up", null],
  [3, "right", null],
  [4, "left", null],
  [5, "up", 1],
  [5, "down", 9],
  [7, "down", 9],
  [8, "down", null],
  [9, "right", null],
  [9, "pageUp", 1],
  [1, "pageDown", 9],
  [3, "pageDown", 9],
  [6, "home", 0],
  [6, "end", 9],
])("of ten titles in rows of four, from %d %s is %s", (index, step, to) => {
  expect(stepFrom(ten, index, step)).toBe(to);
});

test("a hundred thousand titles on a telephone stay below what its browser can make", () => {
  const shape = { count: 100_000, columns: 2, row_px: 347, view_px: 844, scroll_px_max: scrollMax_px(3) };
  expect(contentHeight_px(shape)).toBe(17_350_000);
  expect(scrollHeight_px(shape) * 3).toBeLessThan(33_554_432);
});
