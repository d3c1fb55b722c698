/** How filters and orders of a list are called on the page. */
import type { Sort } from "../api";
import type { FilterChip, Filters, Resolution, Watched } from "../library/filters";
import { codecWord, languageName } from "./title-words";

export const SORT_WORDS: Record<Sort, string> = {
  name: "Name",
  "-name": "Name, from Z",
  "-added": "Recently added",
  added: "First added",
  "-year": "Newest first",
  year: "Oldest first",
  duration: "Shortest first",
  "-duration": "Longest first",
};

export const WATCHED_WORDS: Record<Watched, string> = {
  unwatched: "Not watched",
  started: "Begun",
  watched: "Watched",
};

export const RESOLUTION_WORDS: Record<Resolution, string> = {
  ultra_hd: "4K",
  full_hd: "1080p",
  hd: "720p",
  sd: "Below 720p",
};

/** `1990s`; a span of years; one year; an open end. */
export function yearsWords({ year_min, year_max }: Pick<Filters, "year_min" | "year_max">): string {
  if (year_min === null) return `Until ${year_max}`;
  if (year_max === null) return `From ${year_min}`;
  if (year_min === year_max) return String(year_min);
  return year_min % 10 === 0 && year_max === year_min + 9 ? `${year_min}s` : `${year_min}–${year_max}`;
}

export function chipWords({ filter, value }: FilterChip, filters: Filters): string {
  switch (filter) {
    case "year_min":
    case "year_max":
      return yearsWords(filters);
    case "watched":
      return WATCHED_WORDS[value as Watched];
    case "resolution":
      return RESOLUTION_WORDS[value as Resolution];
    case "is_hdr":
      return "HDR";
    case "video_codec":
      return codecWord(value);
    case "language":
      return `Sound in ${languageName(value)}`;
    case "is_favourite":
      return "Favourites";
    case "genre":
      return value;
  }
}

/** `1 title`, `12,345 titles`. */
export const titlesWords = (count: number): string =>
  count === 1 ? "1 title" : `${count.toLocaleString("en")} titles`;
