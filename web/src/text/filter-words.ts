/** How filters and orders of a list are called on the page. */

import type { Sort } from "../api";
import type { FilterChip, Filters, Resolution, Watched } from "../library/filters";
import { codecWord, languageName } from "./title-words";
import { t, tn } from "./words";

export const sortWords = (): Record<Sort, string> => ({
  name: t("Name"),
  "-name": t("Name, from Z"),
  "-added": t("Recently added"),
  added: t("First added"),
  "-year": t("Newest first"),
  year: t("Oldest first"),
  duration: t("Shortest first"),
  "-duration": t("Longest first"),
});

export const watchedWords = (): Record<Watched, string> => ({
  unwatched: t("Not watched"),
  started: t("Begun"),
  watched: t("Watched"),
});

export const resolutionWords = (): Record<Resolution, string> => ({
  ultra_hd: "4K",
  full_hd: "1080p",
  hd: "720p",
  sd: t("Below 720p"),
});

/** `1990s`; a span of years; one year; an open end. */
export function yearsWords({ year_min, year_max }: Pick<Filters, "year_min" | "year_max">): string {
  if (year_min === null) return t("Until {year}", { year: String(year_max) });
  if (year_max === null) return t("From {year}", { year: String(year_min) });
  if (year_min === year_max) return String(year_min);
  return year_min % 10 === 0 && year_max === year_min + 9 ? decadeWords(year_min) : `${year_min}–${year_max}`;
}

/** `1990s`. */
export const decadeWords = (year: number): string => t("{year}s", { year: String(year) });

export function chipWords({ filter, value }: FilterChip, filters: Filters): string {
  switch (filter) {
    case "year_min":
    case "year_max":
      return yearsWords(filters);
    case "watched":
      return watchedWords()[value as Watched];
    case "resolution":
      return resolutionWords()[value as Resolution];
    case "is_hdr":
      return "HDR";
    case "video_codec":
      return codecWord(value);
    case "language":
      return t("Sound in {language}", { language: languageName(value) });
    case "is_favourite":
      return t("Favourites");
    case "genre":
      return value;
  }
}

/** `1 title`, `12,345 titles`. */
export const titlesWords = (count: number): string => tn(count, "{count} title", "{count} titles");
