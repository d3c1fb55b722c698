/** What the server answers, from the OpenAPI document that is generated from its code. */
import type { components } from "./api-types";

type Schemas = components["schemas"];

/** The document calls fields that may be null optional as well; the server never leaves one out (docs/api.md). */
type Complete<Type> = Type extends (infer Item)[]
  ? Complete<Item>[]
  : Type extends object
    ? { [Key in keyof Type]-?: Complete<Exclude<Type[Key], undefined>> }
    : Type;

export type Chapter = Complete<Schemas["ChapterItem"]>;
export type FileDetail = Complete<Schemas["FileDetails"]>;
export type Finding = Complete<Schemas["FindingItem"]>;
export type Genres = Complete<Schemas["Genres"]>;
export interface Home {
  featured: TitleWithPlot[];
  rows: { id: string; name: string; items: TitleItem[] }[];
}
export type Live = Complete<Schemas["LiveEvent"]>;
export type MediaFile = Complete<Schemas["FileItem"]>;
export type Person = Complete<Schemas["PersonItem"]>;
export type Progress = Complete<Schemas["Progress"]>;
export type ProgressUpdate = Schemas["ProgressUpdate"];
export type Scan = Complete<Schemas["ScanItem"]>;
export type ScanAsked = Complete<Schemas["ScanRequested"]>;
export type Season = Omit<Complete<Schemas["SeasonItem"]>, "episodes"> & { episodes: TitleWithPlot[] };
export type Status = Complete<Schemas["Status"]>;
export type Stream = Complete<Schemas["StreamItem"]>;
export type Subtitle = Complete<Schemas["SubtitleItem"]>;
export type TitleItem = Complete<Schemas["TitleItem"]> & Marks;
export type TitleWithPlot = Complete<Schemas["TitleWithPlot"]> & Marks;
export type TitleDetail = Omit<Complete<Schemas["TitleDetail"]>, "seasons" | "next_episode" | "extras"> &
  Marks & {
    collections: { id: string; name: string }[];
    seasons: Season[];
    extras: TitleItem[];
    next_episode: TitleItem | null;
  };

interface Marks {
  is_favourite: boolean;
  /** Of a series. */
  episodes: { listed: number; watched: number } | null;
}

export interface Collection {
  id: string;
  name: string;
  titles: number;
  is_editable: boolean;
  poster_url: string | null;
  poster_hash: string | null;
}

export interface Collections {
  items: Collection[];
}

export interface SearchAnswer {
  titles: TitleItem[];
  more_titles: boolean;
  people: { name: string; titles: number }[];
  genres: { name: string; titles: number }[];
  collections: Collection[];
}
export type Track = Complete<Schemas["TrackItem"]>;

/** A value that titles can be filtered by, and how many have it. */
export interface Choice {
  value: string;
  titles: number;
}

export interface FilterChoices {
  total: number;
  genres: Choice[];
  years: { min: number; max: number } | null;
  resolutions: Choice[];
  video_codecs: Choice[];
  languages: Choice[];
  hdr: number;
  favourites: number;
  watched: { unwatched: number; started: number; watched: number };
}

export interface Outline {
  total: number;
  /** Titles of a page. */
  every: number;
  /** Where each page but the first begins. */
  cursors: string[];
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}
