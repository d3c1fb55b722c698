/**
 * The arithmetic of a list of which only the part in sight is in the document. Cells of one size lie in rows; the
 * `content` is all of them below each other, the `scroll` is what the browser scrolls over. The two are the same
 * as long as the content is no higher than a browser can make an element; beyond that, a jump of the scroll bar is
 * a jump by the same share of the content, while what is scrolled a little moves by just as much.
 */

export interface Shape {
  /** Titles in the list. */
  count: number;
  columns: number;
  /** From the top of a row to the top of the next. */
  row_px: number;
  /** Height of what is in sight. */
  view_px: number;
  /** No element may be higher than this. */
  scroll_px_max: number;
}

/** Indexes of titles, both inclusive; empty if `last < first`. */
export interface Range {
  first: number;
  last: number;
}

/** Where one is: the content in sight begins at `scroll_px + shift_px`. */
export interface Position {
  scroll_px: number;
  shift_px: number;
}

/** Chromium and WebKit count in 64ths of a pixel of the screen, in 32 bits; Firefox in 60ths of a CSS pixel, in 31. */
const FIREFOX_PX_MAX = 17_000_000;
const SCREEN_PX_MAX = 32_000_000;

/** How high an element can be in every browser, in CSS pixels. */
export const scrollMax_px = (devicePixelRatio: number): number =>
  Math.floor(Math.min(FIREFOX_PX_MAX, SCREEN_PX_MAX / Math.max(1, devicePixelRatio)));

export const rowsOf = ({ count, columns }: Shape): number => Math.ceil(count / columns);

export const contentHeight_px = (shape: Shape): number => rowsOf(shape) * shape.row_px;

export const scrollHeight_px = (shape: Shape): number =>
  Math.min(contentHeight_px(shape), shape.scroll_px_max);

/** How far the content is ahead of the scroll bar where both are at the same share of their ways. */
export function evenShift_px(shape: Shape, scroll_px: number): number {
  const way_px = scrollHeight_px(shape) - shape.view_px;
  const surplus_px = contentHeight_px(shape) - scrollHeight_px(shape);
  return way_px <= 0 ? 0 : surplus_px * clamp(scroll_px / way_px, 0, 1);
}

/**
 * The position that shows a place of the content, with the scroll bar at its share. A place before the first row or
 * behind the last is as far outside of the list.
 */
export function positionOf(shape: Shape, content_px: number): Position {
  const reach_px = Math.max(0, contentHeight_px(shape) - shape.view_px);
  const inside_px = clamp(content_px, 0, reach_px);
  const way_px = Math.max(0, scrollHeight_px(shape) - shape.view_px);
  const share_px = reach_px === 0 ? 0 : (inside_px / reach_px) * way_px;
  return { scroll_px: share_px + content_px - inside_px, shift_px: inside_px - share_px };
}

/** The position after the browser scrolled: by as much as it did, or, after a jump, by its share. */
export function scrolledTo(shape: Shape, before: Position, scroll_px: number): Position {
  const isJump = Math.abs(scroll_px - before.scroll_px) > shape.view_px;
  const surplus_px = contentHeight_px(shape) - scrollHeight_px(shape);
  const shift_px = isJump ? evenShift_px(shape, scroll_px) : clamp(before.shift_px, 0, surplus_px);
  return { scroll_px, shift_px };
}

/** Where the title lies in a list of one shape that is first in sight in another. */
export function samePlace_px(before: Shape, after: Shape, { scroll_px, shift_px }: Position): number {
  const rows = (scroll_px + shift_px) / before.row_px;
  const index = Math.floor(rows) * before.columns;
  return (Math.floor(index / after.columns) + (rows % 1)) * after.row_px;
}

/** Which titles lie in sight or within so many rows of it. */
export function rangeAt(shape: Shape, { scroll_px, shift_px }: Position, rowsAround: number): Range {
  const rows = rowsOf(shape);
  const top_px = scroll_px + shift_px;
  const firstRow = clamp(Math.floor(top_px / shape.row_px) - rowsAround, 0, rows);
  const endRow = clamp(Math.ceil((top_px + shape.view_px) / shape.row_px) + rowsAround, 0, rows);
  return {
    first: Math.min(firstRow * shape.columns, shape.count),
    last: Math.min(endRow * shape.columns, shape.count) - 1,
  };
}

/** Where the top of a title's row lies below the top of the list, as it is scrolled now. */
export const cellTop_px = (shape: Shape, shift_px: number, index: number): number =>
  Math.floor(index / shape.columns) * shape.row_px - shift_px;

/**
 * The place of the content that brings a title's row between `above_px` and `below_px` of what is in sight, moving
 * as little as it takes.
 */
export function contentShowing_px(
  shape: Shape,
  { scroll_px, shift_px }: Position,
  index: number,
  { above_px, below_px }: { above_px: number; below_px: number },
): number {
  const top_px = Math.floor(index / shape.columns) * shape.row_px;
  const content_px = scroll_px + shift_px;
  if (top_px < content_px + above_px) return top_px - above_px;
  const lowest_px = top_px + shape.row_px + below_px - shape.view_px;
  return Math.max(content_px, lowest_px);
}

export type Step = "left" | "right" | "up" | "down" | "pageUp" | "pageDown" | "home" | "end";

/** The title that a key leads to from another; null where it leads out of the list. */
export function stepFrom(shape: Shape, index: number, step: Step): number | null {
  const { columns, count, row_px, view_px } = shape;
  const last = count - 1;
  const column = index % columns;
  const pageRows = Math.max(1, Math.floor(view_px / row_px));
  const lastInColumn = () => {
    const candidate = (rowsOf(shape) - 1) * columns + column;
    return Math.min(candidate, last);
  };
  switch (step) {
    case "left":
      return column === 0 ? null : index - 1;
    case "right":
      return column === columns - 1 || index === last ? null : index + 1;
    case "up":
      return index < columns ? null : index - columns;
    case "down":
      // Into the last row also where that ends before this column.
      if (index + columns <= last) return index + columns;
      return Math.floor(index / columns) === rowsOf(shape) - 1 ? null : last;
    case "pageUp":
      return Math.max(column, index - pageRows * columns);
    case "pageDown":
      return Math.min(index + pageRows * columns, lastInColumn());
    case "home":
      return 0;
    case "end":
      return last;
  }
}

const clamp = (value: number, min: number, max: number) => Math.max(min, Math.min(max, value));
