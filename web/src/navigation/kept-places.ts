/**
 * Where one was on each page of the history: how far it was scrolled, down and along its rows, and what had the
 * focus. Pages grow as their answers come, so a place is gone to as soon as it is there; the browser alone would
 * try too early.
 */
import { useEffect } from "preact/hooks";
import { PLACE_WAIT_MS, PLACES_KEPT_MAX } from "../limits";

interface Place {
  scroll_px: number;
  /** Of each row that was scrolled. */
  tracks_px: Record<string, number>;
  /** A link with this address had the focus: the first, second, … of those that have it. */
  focus: { href: string; nth: number } | null;
}

const STORED = "spillway.places";

/** By the key that each entry of the history has in its state. */
const places = readPlaces();

/** The entry whose place is being kept; none while another page comes. */
let active: string | null = null;
let endReturn: (() => void) | null = null;

/** Keeps the places of all pages, and goes back to that of `url` when it is come back to or loaded again. */
export function useKeptPlaces(url: string): void {
  useEffect(() => {
    history.scrollRestoration = "manual";
    const onPopState = () => {
      // A link to a part of this page makes an entry, too.
      if (keyNow() === null) begin();
    };
    addEventListener("scroll", keep, { passive: true, capture: true });
    addEventListener("focusin", keep);
    // Before the router follows a link.
    addEventListener("click", keep, { capture: true });
    addEventListener("pagehide", storePlaces);
    addEventListener("popstate", onPopState);
    return () => {
      removeEventListener("scroll", keep, { capture: true });
      removeEventListener("focusin", keep);
      removeEventListener("click", keep, { capture: true });
      removeEventListener("pagehide", storePlaces);
      removeEventListener("popstate", onPopState);
    };
  }, []);

  // Another address is another page.
  useEffect(() => {
    const key = keyNow();
    if (key === null) {
      begin();
      return;
    }
    const place = places.get(key);
    if (place === undefined) active = key;
    else returnTo(place, () => (active = key));
    return () => endReturn?.();
  }, [url]);
}

const keyNow = (): string | null => {
  const state: unknown = history.state;
  if (typeof state !== "object" || state === null || !("place" in state)) return null;
  return typeof state.place === "string" ? state.place : null;
};

function begin(): void {
  active = Math.random().toString(36).slice(2);
  history.replaceState({ place: active }, "");
}

function keep(): void {
  if (active === null || active !== keyNow()) return;
  const tracks = document.querySelectorAll<HTMLElement>("[data-track]");
  const scrolled = [...tracks].filter(({ scrollLeft }) => scrollLeft !== 0);
  places.delete(active);
  places.set(active, {
    scroll_px: scrollY,
    tracks_px: Object.fromEntries(scrolled.map((track) => [track.dataset.track, track.scrollLeft])),
    focus: focusNow(),
  });
  if (places.size > PLACES_KEPT_MAX) {
    const [oldest] = places.keys();
    if (oldest !== undefined) places.delete(oldest);
  }
}

function focusNow(): Place["focus"] {
  const { activeElement } = document;
  const href = activeElement?.closest("main") ? activeElement.getAttribute("href") : null;
  if (activeElement === null || href === null) return null;
  return { href, nth: linksTo(href).indexOf(activeElement) };
}

const linksTo = (href: string): Element[] => [
  ...document.querySelectorAll(`main a[href="${CSS.escape(href)}"]`),
];

/** Tries with every frame until all is as it was, the viewer does something, or it takes too long. */
function returnTo(place: Place, onEnd: () => void): void {
  const until_ms = performance.now() + PLACE_WAIT_MS;
  const waiting = new Set(Object.keys(place.tracks_px));
  let [isScrolled, isFocused] = [false, place.focus === null];
  let frame = 0;
  const attempt = () => {
    for (const id of waiting) {
      const track = document.querySelector(`[data-track="${CSS.escape(id)}"]`);
      if (track === null) continue;
      track.scrollTo({ left: place.tracks_px[id] ?? 0, behavior: "instant" });
      waiting.delete(id);
    }
    if (!isScrolled) {
      scrollTo({ top: place.scroll_px, behavior: "instant" });
      isScrolled = Math.abs(scrollY - place.scroll_px) < 2;
    }
    if (isScrolled && !isFocused && place.focus !== null) {
      const link = linksTo(place.focus.href)[place.focus.nth];
      if (link instanceof HTMLElement) link.focus({ preventScroll: true });
      isFocused = link !== undefined;
    }
    const isDone = isScrolled && isFocused && waiting.size === 0;
    if (isDone || performance.now() > until_ms) end();
    else frame = requestAnimationFrame(attempt);
  };
  const end = () => {
    cancelAnimationFrame(frame);
    for (const type of WISHES) removeEventListener(type, end);
    endReturn = null;
    onEnd();
  };
  for (const type of WISHES) addEventListener(type, end, { passive: true });
  active = null;
  endReturn = end;
  attempt();
}

/** Whoever does one of these wants to be where that leads. */
const WISHES = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

function storePlaces(): void {
  keep();
  try {
    sessionStorage.setItem(STORED, JSON.stringify([...places]));
  } catch {
    // Forbidden or full: places are kept while the page is open.
  }
}

function readPlaces(): Map<string, Place> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(STORED) ?? "[]") as [string, Place][]);
  } catch {
    return new Map();
  }
}
