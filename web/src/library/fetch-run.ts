import type { Outcome, TitleQuery } from "../api";
import { REQUEST_ITEMS_MAX } from "../limits";
import type { Page, TitleItem } from "../types";

export type FetchTitles = (query: TitleQuery, signal: AbortSignal) => Promise<Outcome<Page<TitleItem>>>;

/**
 * So many titles from a cursor on; fewer where the list ends. In one request, but in lists of several hundred
 * thousand, whose outline has fewer places than pages.
 */
export async function fetchRun(
  fetchTitles: FetchTitles,
  query: TitleQuery,
  count: number,
  signal: AbortSignal,
): Promise<Outcome<TitleItem[]>> {
  const items: TitleItem[] = [];
  let next = query;
  while (items.length < count) {
    const limit = Math.min(count - items.length, REQUEST_ITEMS_MAX);
    const outcome = await fetchTitles({ ...next, limit }, signal);
    if (outcome.status !== "success") return outcome;
    items.push(...outcome.value.items);
    const { next_cursor: cursor } = outcome.value;
    if (cursor === null) break;
    next = { ...query, cursor };
  }
  return { status: "success", value: items };
}
