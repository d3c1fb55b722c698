import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { TitleCard } from "../components/title-card";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import { cellTop_px, type Step, scrollHeight_px, stepFrom } from "./list-window";
import type { TitlePages } from "./title-pages";
import { useListWindow } from "./use-list-window";
import "./title-list.css";

interface Props {
  name: string;
  pages: TitlePages;
  /** To be gone to, such as the first title of a letter. */
  target: { index: number } | null;
  /** What can be done with a title besides opening it; lies on its card. */
  action?: ((title: TitleItem) => ComponentChildren) | undefined;
}

const STEPS: Record<string, Step> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "pageUp",
  PageDown: "pageDown",
  Home: "home",
  End: "end",
};

/**
 * A list of any length as a grid of cards. The scroll bar stands for all of it from the start; in the document are
 * the cards in sight, some around them, and the one that has the focus. Keys lead on where no card is yet.
 */
export function TitleList({ name, pages, target, action }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const ruler = useRef<HTMLDivElement>(null);
  const count = pages.total ?? 0;
  const { measures, shape, shown, show } = useListWindow({ list, ruler }, count);
  const [focused, setFocused] = useState<number | null>(null);
  /** Gets the focus as soon as it is there. */
  const awaited = useRef<number | null>(null);

  const { first, last, shift_px } = shown;

  useEffect(() => pages.wish({ first, last }), [pages, first, last]);

  // After every change of what is in the document.
  useLayoutEffect(() => {
    if (awaited.current === null) return;
    const cell = list.current?.querySelector(`[data-index="${awaited.current}"]`);
    const card = cell?.querySelector<HTMLElement>("a");
    if (card) awaited.current = null;
    (card ?? cell?.querySelector<HTMLElement>("[tabindex]"))?.focus({ preventScroll: true });
  });

  const goTo = (index: number, behavior: ScrollBehavior) => {
    awaited.current = index;
    setFocused(index);
    show(index, roomAround(), behavior);
  };

  useEffect(() => {
    if (target !== null) goTo(target.index, "instant");
  }, [target]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = stepOf(event);
    const index = indexOf(event.target);
    if (step === null || index === null || shape === null) return;
    const next = stepFrom(shape, index, step);
    if (next === null) return;
    event.preventDefault();
    const isSmooth = !event.repeat && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    goTo(next, isSmooth ? "smooth" : "instant");
  };

  const leave = (event: FocusEvent) => {
    setFocused(null);
    const isElsewhere = event.relatedTarget instanceof Node && !list.current?.contains(event.relatedTarget);
    if (isElsewhere) awaited.current = null;
  };

  const indexes = Array.from({ length: last - first + 1 }, (_, place) => first + place);
  if (focused !== null && focused < count) {
    if (focused < first) indexes.unshift(focused);
    if (focused > last) indexes.push(focused);
  }

  return (
    <>
      <div class="title-list-ruler" ref={ruler} aria-hidden="true">
        <CardSkeleton />
      </div>
      <ul
        ref={list}
        class="title-list"
        aria-label={name}
        aria-busy={indexes.some((index) => pages.titleAt(index) === null)}
        style={{ blockSize: shape === null ? "100svh" : `${scrollHeight_px(shape)}px` }}
        onKeyDown={onKeyDown}
        onFocusIn={(event) => setFocused(indexOf(event.target))}
        onFocusOut={leave}
      >
        {shape !== null &&
          measures !== null &&
          indexes.map((index) => {
            const title = pages.titleAt(index);
            const style = {
              insetBlockStart: `${cellTop_px(shape, shift_px, index)}px`,
              insetInlineStart: `${(index % shape.columns) * measures.column_px}px`,
              inlineSize: `${measures.cell_px}px`,
            };
            return (
              <li key={index} style={style} data-index={index} aria-setsize={count} aria-posinset={index + 1}>
                {title === null ? (
                  <CardSkeleton isFocusable={index === focused} />
                ) : (
                  <>
                    <TitleCard title={title} shape="upright" isEager={index < shape.columns * 2} />
                    {action?.(title)}
                  </>
                )}
              </li>
            );
          })}
      </ul>
    </>
  );
}

/** As large as a card, where one will be. Keys may stay on it until that has come. */
function CardSkeleton({ isFocusable = false }: { isFocusable?: boolean }) {
  return (
    <div class="card-skeleton" {...(isFocusable ? { tabIndex: -1 } : {})}>
      {isFocusable && <span class="visually-hidden">{t("Loading")}</span>}
      <span class="skeleton skeleton-card" />
      <span class="card-skeleton-name" />
    </div>
  );
}

function stepOf(event: KeyboardEvent): Step | null {
  const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (hasModifier || event.defaultPrevented) return null;
  const step = STEPS[event.key] ?? null;
  if (document.dir !== "rtl") return step;
  return step === "left" ? "right" : step === "right" ? "left" : step;
}

function indexOf(target: EventTarget | null): number | null {
  const cell = target instanceof Element ? target.closest<HTMLElement>("[data-index]") : null;
  return cell?.dataset.index === undefined ? null : Number(cell.dataset.index);
}

/** What lies over the list at the top and at the bottom of the window, as the style says it. */
function roomAround() {
  const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(document.documentElement);
  return {
    above_px: Number.parseFloat(scrollPaddingTop) || 0,
    below_px: Number.parseFloat(scrollPaddingBottom) || 0,
  };
}
