/** What a change of page means to people who do not see it: a new document title, and the focus at its heading. */
import { useEffect } from "preact/hooks";

export function usePageTitle(title: string | null): void {
  useEffect(() => {
    document.title = title === null ? "Spillway" : `${title} · Spillway`;
  }, [title]);
}

let isFirstPage = true;

/**
 * Moves the focus to the main landmark when `path` changes, except for the page that was opened first and where
 * the page has put it into a field of its own.
 */
export function useFocusOnChange(path: string): void {
  // The path is the reason.
  useEffect(() => {
    if (isFirstPage) {
      isFirstPage = false;
      return;
    }
    const main = document.querySelector<HTMLElement>("main");
    if (main !== null && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
  }, [path]);
}
