import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ROWS_AROUND, SCROLL_REST_MS } from "../limits";
import {
  contentShowing_px,
  evenShift_px,
  type Position,
  positionOf,
  type Range,
  rangeAt,
  type Shape,
  samePlace_px,
  scrolledTo,
  scrollMax_px,
} from "./list-window";

export interface Measures {
  shape: Shape;
  /** Width of a card. */
  cell_px: number;
  /** From the start of a column to the start of the next. */
  column_px: number;
}

interface Parts {
  /** As high as the whole list is scrolled over. */
  list: RefObject<HTMLElement | null>;
  /** Has a grid's columns and one card in them: what the style decides is measured here. */
  ruler: RefObject<HTMLElement | null>;
}

/** What of the list is in the document, and how far the content is ahead of the scroll bar. */
interface Shown extends Range {
  shift_px: number;
}

const NOTHING: Shown = { first: 0, last: -1, shift_px: 0 };

/** Which titles of a list are to be in the document, as the window is scrolled now; none before it was measured. */
export function useListWindow({ list, ruler }: Parts, count: number) {
  const [measures, setMeasures] = useState<Measures | null>(null);
  const [shown, setShown] = useState<Shown>(NOTHING);
  const position = useRef<Position>({ scroll_px: 0, shift_px: 0 });
  const shape = measures === null ? null : { ...measures.shape, count };
  const shapeBefore = useRef<Shape | null>(null);

  useLayoutEffect(() => {
    const element = ruler.current;
    if (element === null) return;
    const look = () => setMeasures((before) => measured(element, before));
    look();
    const resized = new ResizeObserver(look);
    resized.observe(element);
    if (element.firstElementChild !== null) resized.observe(element.firstElementChild);
    addEventListener("resize", look);
    return () => {
      resized.disconnect();
      removeEventListener("resize", look);
    };
  }, [ruler]);

  const take = (shape: Shape, now: Position) => {
    position.current = now;
    const next = { ...rangeAt(shape, now, ROWS_AROUND), shift_px: now.shift_px };
    setShown((before) => (isSameShown(before, next) ? before : next));
  };

  /** In a window of another size the title that was first in sight still is. */
  const keepPlace = (before: Shape, shape: Shape) => {
    const { current: element } = list;
    if (element === null) return;
    const now = scrolledTo(before, position.current, scrolled_px(element));
    if (now.scroll_px <= 0) return;
    const there = positionOf(shape, samePlace_px(before, shape, now));
    take(shape, there);
    scrollBy({ top: there.scroll_px - now.scroll_px, behavior: "instant" });
  };

  // A list of another shape lies elsewhere.
  useLayoutEffect(() => {
    const { current: element } = list;
    if (element === null || shape === null) return;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const follow = () => {
      take(shape, scrolledTo(shape, position.current, scrolled_px(element)));
      clearTimeout(rest);
      rest = setTimeout(settle, SCROLL_REST_MS);
    };
    // What was scrolled a little left the scroll bar where it is not at its share: it is put there unseen.
    const settle = () => {
      const { scroll_px, shift_px } = position.current;
      if (Math.abs(evenShift_px(shape, scroll_px) - shift_px) < 1) return;
      const even = positionOf(shape, scroll_px + shift_px);
      take(shape, even);
      scrollBy({ top: even.scroll_px - scroll_px, behavior: "instant" });
    };
    const before = shapeBefore.current;
    shapeBefore.current = shape;
    if (before !== null) keepPlace(before, shape);
    follow();
    addEventListener("scroll", follow, { passive: true });
    return () => {
      removeEventListener("scroll", follow);
      clearTimeout(rest);
    };
  }, [list, measures, count]);

  /** Brings a title's row into what is in sight, `above_px` below its top and `below_px` above its bottom. */
  const show = (index: number, room: { above_px: number; below_px: number }, behavior: ScrollBehavior) => {
    if (shape === null || list.current === null) return;
    // Scrolling is told of with the next frame; several keys may come before that.
    const now = scrolledTo(shape, position.current, scrolled_px(list.current));
    const content_px = contentShowing_px(shape, now, index, room);
    const way_px = content_px - now.scroll_px - now.shift_px;
    if (Math.abs(way_px) <= shape.view_px) {
      if (way_px !== 0) scrollBy({ top: way_px, behavior });
      return;
    }
    const there = positionOf(shape, content_px);
    take(shape, there);
    scrollBy({ top: there.scroll_px - now.scroll_px, behavior: "instant" });
  };

  return { measures, shape, shown, show };
}

/** How much of the list has gone above the window; below 0 while its top is in it. */
const scrolled_px = (list: HTMLElement): number => -list.getBoundingClientRect().top;

const isSameShown = (a: Shown, b: Shown) =>
  a.first === b.first && a.last === b.last && Math.abs(a.shift_px - b.shift_px) < 0.5;

/** Rounding of the browser is no change: it would be measured for ever. */
const isSame = (a: number, b: number) => Math.abs(a - b) < 0.01;

function measured(ruler: HTMLElement, before: Measures | null): Measures | null {
  const { columnGap, rowGap, gridTemplateColumns } = getComputedStyle(ruler);
  const card = ruler.firstElementChild;
  if (card === null) return before;
  // Not by its box in the window: that is counted from there, and far away in whole pixels only.
  const { inlineSize, blockSize } = getComputedStyle(card);
  const [cell_px, height_px] = [Number.parseFloat(inlineSize), Number.parseFloat(blockSize)];
  if (!(cell_px > 0 && height_px > 0)) return before;
  const columns = gridTemplateColumns.split(" ").length;
  const measures = {
    shape: {
      count: 0,
      columns,
      row_px: height_px + (Number.parseFloat(rowGap) || 0),
      view_px: innerHeight,
      scroll_px_max: scrollMax_px(devicePixelRatio),
    },
    cell_px,
    column_px: cell_px + (Number.parseFloat(columnGap) || 0),
  };
  const isAsBefore =
    before !== null &&
    before.shape.columns === columns &&
    isSame(before.cell_px, measures.cell_px) &&
    isSame(before.shape.row_px, measures.shape.row_px) &&
    before.shape.view_px === measures.shape.view_px &&
    before.shape.scroll_px_max === measures.shape.scroll_px_max;
  return isAsBefore ? before : measures;
}
