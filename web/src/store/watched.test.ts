import { expect, test } from "vitest";
import { film } from "../test-titles";
import type { TitleDetail } from "../types";
import { isWatched, watchedOf, withEpisodeWatched, withWatched } from "./watched";

const detail = (change: Partial<TitleDetail>): TitleDetail => ({
  ...film("Rivers"),
  plot: null,
  original_name: null,
  premiered: null,
  content_rating: null,
  rating: null,
  studios: [],
  people: [],
  collection: null,
  collections: [],
  seasons: [],
  extras: [],
  next_episode: null,
  file_details: [],
  ...change,
});

const season = (number: number, episodes: number) => ({
  number,
  name: `Season ${number}`,
  poster_url: null,
  poster_hash: null,
  episodes: Array.from({ length: episodes }, (_, index) => ({
    ...film(`Episode ${index + 1}`),
    id: `${number}.${index + 1}`,
    season_number: number,
    plot: null,
  })),
});

const series = detail({
  kind: "series",
  files: [],
  seasons: [season(1, 3), season(2, 2)],
  episodes: { listed: 5, watched: 0 },
});

const seen = (title: TitleDetail) => title.seasons.map(({ episodes }) => watchedOf(episodes));

test("a film is watched, and forgotten again", () => {
  const watched = withWatched(detail({}), true, null);
  expect(isWatched(watched)).toBe(true);
  expect(withWatched(watched, false, null).progress).toBeNull();
});

test("one episode", () => {
  const title = withEpisodeWatched(series, "1.2", true);
  expect(seen(title)).toEqual([1, 0]);
  expect(title.episodes).toEqual({ listed: 5, watched: 1 });
  expect(isWatched(title)).toBe(false);
});

test("a season, and then all", () => {
  const title = withWatched(series, true, 2);
  expect(seen(title)).toEqual([0, 2]);
  const all = withWatched(title, true, null);
  expect(isWatched(all)).toBe(true);
  expect(seen(withWatched(all, false, 1))).toEqual([0, 2]);
});
