/** Where the titles of a letter begin in a list that is ordered by name. */
import type { ListQuery } from "../api";
import type { Outline, TitleItem } from "../types";
import { type FetchTitles, fetchRun } from "./fetch-run";

/** All that stands before A: digits, signs. */
export const BEFORE_LETTERS = "#";

export const LETTERS = [BEFORE_LETTERS, ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** What the server orders names by: small letters without marks, and no English article in front. */
export const nameKey = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .trim()
    .replace(/\s+/g, " ")
    .replace(/^(the|an?) /, "");

/**
 * The index of a letter's first title, or of what comes where there is none; null if it could not be found out.
 * Halves the pages by their first titles, so that ten short questions find it among 100,000.
 */
export async function findLetter(
  letter: string,
  query: ListQuery,
  { total, every, cursors }: Outline,
  fetchTitles: FetchTitles,
  signal: AbortSignal,
): Promise<number | null> {
  const comesBefore = orderOf(letter, query.sort === "-name");
  const itemsOf = async (page: number, count: number) => {
    const cursor = cursors[page - 1];
    const from = { ...query, ...(cursor === undefined ? {} : { cursor }) };
    const outcome = await fetchRun(fetchTitles, from, count, signal);
    return outcome.status === "success" ? outcome.value : null;
  };
  // The first title of `low` comes before the letter, if any does; that of `high` does not.
  let [low, high] = [0, cursors.length + 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    const first = (await itemsOf(middle, 1))?.[0];
    if (first === undefined) return null;
    if (comesBefore(first)) low = middle;
    else high = middle;
  }
  const items = await itemsOf(low, every);
  if (items === null) return null;
  const place = items.findIndex((title) => !comesBefore(title));
  const index = low * every + (place === -1 ? items.length : place);
  return Math.max(0, Math.min(index, total - 1));
}

function orderOf(letter: string, isBackwards: boolean): (title: TitleItem) => boolean {
  const first = letter.toLowerCase();
  if (!isBackwards) return letter === BEFORE_LETTERS ? () => false : ({ name }) => nameKey(name) < first;
  const after = letter === BEFORE_LETTERS ? "a" : String.fromCharCode(first.charCodeAt(0) + 1);
  return ({ name }) => nameKey(name) >= after;
}
