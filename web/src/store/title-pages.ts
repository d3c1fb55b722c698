/** A list of titles that grows page by page. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { fetchTitles, type TitleQuery } from "../api";
import { LIST_ITEMS_MAX } from "../limits";
import type { TitleItem } from "../types";
import { onReconnected } from "./connection";
import { recall, remember } from "./resource";

export interface TitlePages {
  items: TitleItem[];
  /** `idle`: more can be loaded. `complete`: that is all. `full`: there are more than the page holds. */
  state: "loading" | "idle" | "complete" | "full" | "failed";
  message: string | null;
  loadMore: () => void;
}

interface Loaded {
  items: TitleItem[];
  cursor: string | null;
  isComplete: boolean;
}

const NOTHING: Loaded = { items: [], cursor: null, isComplete: false };

/**
 * Loads the first page at once, the others when `loadMore` is called. A new query starts anew; going back finds
 * the list as it was left, so that the place in it is kept.
 */
export function useTitlePages(query: Omit<TitleQuery, "cursor">): TitlePages {
  const key = `titles ${JSON.stringify(query)}`;
  // The router has this in its context, but not in its types.
  const { wasPush } = useLocation() as ReturnType<typeof useLocation> & { wasPush: boolean };
  const start = (): Loaded => (wasPush ? NOTHING : (recall<Loaded>(key) ?? NOTHING));
  const [loaded, setLoaded] = useState(() => ({ key, value: start() }));
  const [failure, setFailure] = useState<{ key: string; message: string } | null>(null);
  const loading = useRef<AbortController | null>(null);
  const value = loaded.key === key ? loaded.value : start();
  const message = failure?.key === key ? failure.message : null;
  const isFull = value.items.length >= LIST_ITEMS_MAX;

  const loadMore = () => {
    if (loading.current !== null || value.isComplete || isFull) return;
    const interest = new AbortController();
    loading.current = interest;
    setFailure(null);
    const { cursor } = value;
    fetchTitles(cursor === null ? query : { ...query, cursor }, interest.signal).then((outcome) => {
      if (loading.current === interest) loading.current = null;
      if (outcome.status === "aborted") return;
      if (outcome.status === "error") {
        setFailure({ key, message: outcome.message });
        return;
      }
      const next = {
        items: [...value.items, ...outcome.value.items],
        cursor: outcome.value.next_cursor,
        isComplete: outcome.value.next_cursor === null,
      };
      remember(key, next);
      setLoaded({ key, value: next });
    });
  };

  // A new list is the only reason to begin.
  useEffect(() => {
    if (value.items.length === 0) loadMore();
    return () => {
      loading.current?.abort();
      loading.current = null;
    };
  }, [key]);

  // LoadMore reads what is current.
  useEffect(() => (message === null ? undefined : onReconnected(loadMore)), [message]);

  const state = ((): TitlePages["state"] => {
    if (message !== null) return "failed";
    if (value.isComplete) return "complete";
    if (isFull) return "full";
    return value.items.length === 0 ? "loading" : "idle";
  })();
  return { items: value.items, state, message, loadMore };
}
