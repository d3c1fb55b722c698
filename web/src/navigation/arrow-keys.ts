/** Moves the focus by arrow keys, as a television's remote control sends them. */
import { type Direction, nearestIn } from "./direction";

const FOCUSABLE = 'a[href], button:not(:disabled), select, summary, input:not(:disabled), [tabindex="0"]';

/** What runs along the side of a page: entered and left sideways, and up and down only lead along it. */
const ASIDE = "[data-aside]";

const DIRECTIONS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/** Listens until the returned function is called. */
export function moveFocusByArrowKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const direction = DIRECTIONS[event.key];
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (direction === undefined || event.defaultPrevented || hasModifier) return;
    const target = nextFocus(direction);
    if (target === null) return;
    event.preventDefault();
    target.focus({ preventScroll: true });
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    target.scrollIntoView({ block: "nearest", inline: "nearest", behavior });
  };
  addEventListener("keydown", onKeyDown);
  return () => removeEventListener("keydown", onKeyDown);
}

/** Whether an arrow leads out of a field that uses other arrows itself: out of a line of text, across a slider. */
function leads(direction: Direction, field: HTMLInputElement | HTMLSelectElement): boolean {
  const isUpright = direction === "up" || direction === "down";
  if (field instanceof HTMLSelectElement) return !isUpright;
  return field.type === "checkbox" || isUpright;
}

function nextFocus(direction: Direction): HTMLElement | null {
  const from = document.activeElement;
  const isField = from instanceof HTMLSelectElement || from instanceof HTMLInputElement;
  if (isField && !leads(direction, from)) return null;
  // What lies behind a dialog cannot be reached.
  const scope = document.querySelector("dialog:modal") ?? document;
  const candidates = [...scope.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element !== from && element.tabIndex >= 0 && element.checkVisibility(),
  );
  // Nothing is chosen yet (the heading has the focus after a page change): begin with the page's first control.
  if (!(from instanceof HTMLElement) || !from.matches(FOCUSABLE)) {
    const isForward = direction === "down" || direction === "right";
    return isForward ? (candidates.find((element) => element.closest("main") !== null) ?? null) : null;
  }
  // The bar that lies over the page is nearer than much of it, but only wanted where the page ends.
  const landmark = from.closest("main, header");
  const isUpright = direction === "up" || direction === "down";
  const aside = from.closest(ASIDE);
  const own = candidates.filter(
    (element) => landmark?.contains(element) === true && (!isUpright || element.closest(ASIDE) === aside),
  );
  return nearestOf(own, direction, from) ?? nearestOf(candidates, direction, from);
}

function nearestOf(elements: HTMLElement[], direction: Direction, from: Element): HTMLElement | null {
  const boxes = elements.map((element) => element.getBoundingClientRect());
  return elements[nearestIn(direction, from.getBoundingClientRect(), boxes)] ?? null;
}
