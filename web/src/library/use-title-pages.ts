import { useEffect, useReducer } from "preact/hooks";
import type { ListQuery } from "../api";
import { LISTS_KEPT_MAX } from "../limits";
import { onReconnected } from "../store/connection";
import { TitlePages } from "./title-pages";

/** Lists that were looked at, least recently first. */
const kept = new Map<string, TitlePages>();

/** The list of a query while a component shows it. Going back to one that is still kept finds it as it was. */
export function useTitlePages(query: ListQuery): TitlePages {
  const key = JSON.stringify(query);
  const pages = pagesOf(key, query);
  const [, showChange] = useReducer((changes: number) => changes + 1, 0);

  useEffect(() => {
    pages.open(() => showChange(undefined));
    return () => pages.close();
  }, [pages]);

  const hasFailed = pages.failure !== null;
  useEffect(() => (hasFailed ? onReconnected(() => pages.retry()) : undefined), [hasFailed, pages]);

  return pages;
}

function pagesOf(key: string, query: ListQuery): TitlePages {
  const pages = kept.get(key) ?? new TitlePages(query);
  kept.delete(key);
  kept.set(key, pages);
  if (kept.size > LISTS_KEPT_MAX) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  return pages;
}
