/** What a list of titles is narrowed to and how it is ordered: read from the address of its page, and written to it. */
import type { Sort, TitleFilter } from "../api";
import { FILTER_VALUES_MAX } from "../limits";

export const WATCHED = ["unwatched", "started", "watched"] as const;
export const RESOLUTIONS = ["ultra_hd", "full_hd", "hd", "sd"] as const;

export type Watched = (typeof WATCHED)[number];
export type Resolution = (typeof RESOLUTIONS)[number];

/** Everything chosen must hold; of the values of a list, one. Null and empty is no wish. */
export interface Filters {
  genre: string | null;
  year_min: number | null;
  year_max: number | null;
  watched: Watched | null;
  resolution: Resolution[];
  is_hdr: boolean;
  video_codec: string[];
  language: string | null;
  is_favourite: boolean;
}

export const NO_FILTERS: Filters = {
  genre: null,
  year_min: null,
  year_max: null,
  watched: null,
  resolution: [],
  is_hdr: false,
  video_codec: [],
  language: null,
  is_favourite: false,
};

export const SORTS: readonly Sort[] = [
  "name",
  "-name",
  "-added",
  "-year",
  "year",
  "duration",
  "-duration",
] as const;

/** What an address says. Anybody may have written it: what is no filter is as if it were not there. */
export function filtersOf(query: Record<string, string>): Filters {
  return {
    genre: textOf(query.genre),
    year_min: yearOf(query.year_min),
    year_max: yearOf(query.year_max),
    watched: oneOf(WATCHED, query.watched),
    resolution: RESOLUTIONS.filter((value) => listOf(query.resolution).includes(value)),
    is_hdr: query.hdr === "true",
    video_codec: listOf(query.video_codec),
    language: textOf(query.language),
    is_favourite: query.favourite === "true",
  };
}

export const sortOf = (query: Record<string, string>): Sort => oneOf(SORTS, query.sort) ?? "name";

/** The filters as the interface names them; addresses of the page have the same names. */
export function parametersOf(filters: Filters): TitleFilter {
  const { genre, year_min, year_max, watched, resolution, is_hdr, video_codec, language, is_favourite } =
    filters;
  return {
    ...(genre === null ? {} : { genre }),
    ...(year_min === null ? {} : { year_min }),
    ...(year_max === null ? {} : { year_max }),
    ...(watched === null ? {} : { watched }),
    ...(resolution.length === 0 ? {} : { resolution: resolution.join(",") }),
    ...(is_hdr ? { hdr: true } : {}),
    ...(video_codec.length === 0 ? {} : { video_codec: video_codec.join(",") }),
    ...(language === null ? {} : { language }),
    ...(is_favourite ? { favourite: true } : {}),
  };
}

/** The address of a list; what is as usual is left out, so that the plain list has the plain address. */
export function libraryAddress(path: string, filters: Filters, sort: Sort): string {
  const parameters = new URLSearchParams();
  if (sort !== "name") parameters.set("sort", sort);
  for (const [name, value] of Object.entries(parametersOf(filters))) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** A filter that is on, and what is left without it. */
export interface FilterChip {
  filter: keyof Filters;
  value: string;
  without: Filters;
}

/** One for each value that was chosen; a range of years is one. */
export function chipsOf(filters: Filters): FilterChip[] {
  const { genre, year_min, year_max, watched, resolution, is_hdr, video_codec, language, is_favourite } =
    filters;
  const chips: FilterChip[] = [];
  const add = (filter: keyof Filters, value: string, without: Partial<Filters>) =>
    chips.push({ filter, value, without: { ...filters, ...without } });
  if (genre !== null) add("genre", genre, { genre: null });
  if (year_min !== null || year_max !== null) add("year_min", "", { year_min: null, year_max: null });
  if (watched !== null) add("watched", watched, { watched: null });
  for (const value of resolution)
    add("resolution", value, { resolution: resolution.filter((other) => other !== value) });
  if (is_hdr) add("is_hdr", "", { is_hdr: false });
  for (const value of video_codec)
    add("video_codec", value, { video_codec: video_codec.filter((other) => other !== value) });
  if (language !== null) add("language", language, { language: null });
  if (is_favourite) add("is_favourite", "", { is_favourite: false });
  return chips;
}

/** The decades that a span of years touches, newest first, each by its first year. */
export function decadesOf({ min, max }: { min: number; max: number }): number[] {
  const decades: number[] = [];
  for (let year = max - (max % 10); year > min - 10; year -= 10) decades.push(year);
  return decades;
}

/** The decade that the years are exactly, or null. */
export const decadeOf = ({ year_min, year_max }: Filters): number | null =>
  year_min !== null && year_min % 10 === 0 && year_max === year_min + 9 ? year_min : null;

/** With a value put into a list, or taken out of it. */
export const toggled = <Value>(values: readonly Value[], value: Value): Value[] =>
  values.includes(value) ? values.filter((other) => other !== value) : [...values, value];

const textOf = (text: string | undefined): string | null => (text === undefined || text === "" ? null : text);

const yearOf = (text: string | undefined): number | null =>
  /^\d{4}$/.test(text ?? "") ? Number(text) : null;

const listOf = (text: string | undefined): string[] =>
  [...new Set((text ?? "").split(",").map((value) => value.trim()))]
    .filter((value) => value !== "")
    .slice(0, FILTER_VALUES_MAX);

const oneOf = <Value extends string>(values: readonly Value[], text: string | undefined): Value | null =>
  values.find((value) => value === text) ?? null;
