/**
 * A library of any size behind a page: the lists are answered here, in the shape of the server's (docs/api.md),
 * everything else by the server. Names count up, so that each title's place can be told from it.
 */

const WORDS = ["Amber", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Gale", "Harbour", "Inlet", "Jetty"];

/** `asked` are the lists' requests in order; `total` may be changed. */
export async function withLargeLibrary(page, total, { delay_ms = 0 } = {}) {
  const library = { total, asked: [] };
  const indexOf = (cursor) => (cursor === null ? 0 : Number(cursor.slice(1)));
  const answer = async (route, value) => {
    if (delay_ms > 0) await new Promise((resolve) => setTimeout(resolve, delay_ms));
    // A request that was given up has nobody to answer.
    await route.fulfill({ json: value }).catch(() => undefined);
  };
  await page.route("**/api/v1/titles/outline?*", (route) => {
    const every = Number(new URL(route.request().url()).searchParams.get("every"));
    const pages = Math.max(0, Math.ceil(library.total / every) - 1);
    const cursors = Array.from({ length: pages }, (_, page) => `c${(page + 1) * every}`);
    return answer(route, { total: library.total, every, cursors });
  });
  await page.route("**/api/v1/titles?*", (route) => {
    const parameters = new URL(route.request().url()).searchParams;
    const from = indexOf(parameters.get("cursor"));
    const limit = Number(parameters.get("limit"));
    library.asked.push(from);
    const length = Math.max(0, Math.min(limit, library.total - from));
    const items = Array.from({ length }, (_, place) => titleAt(from + place, library.total));
    const next = from + length < library.total ? `c${from + length}` : null;
    return answer(route, { items, next_cursor: next });
  });
  return library;
}

/** Names are in order: ten words, each with its own share of the numbers. */
export function nameAt(index, total) {
  const word = WORDS[Math.floor((index / total) * WORDS.length)];
  return `${word} ${String(index).padStart(6, "0")}`;
}

const titleAt = (index, total) => ({
  id: `large-${index}`,
  kind: "film",
  name: nameAt(index, total),
  year: 1920 + (index % 105),
  duration_ms: 5_400_000,
  poster_url: null,
  poster_hash: null,
  backdrop_url: null,
  backdrop_hash: null,
  logo_url: null,
  logo_hash: null,
  thumb_url: null,
  thumb_hash: null,
  still_url: null,
  still_hash: null,
  genres: [],
  tagline: null,
  added_at_ms: 0,
  is_available: true,
  series: null,
  season_number: null,
  episode_number: null,
  episode_number_end: null,
  progress: null,
  is_favourite: false,
  episodes: null,
  files: [],
});
