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
export type Choice = Complete<Schemas["ValueCount"]>;
export type Collection = Complete<Schemas["CollectionItem"]>;
export type Collections = Complete<Schemas["Collections"]>;
export type FileDetail = Complete<Schemas["FileDetails"]>;
export type FilterChoices = Complete<Schemas["Filters"]>;
export type Finding = Complete<Schemas["FindingItem"]>;
export type Genres = Complete<Schemas["Genres"]>;
export type Home = Complete<Schemas["Home"]>;
export type Live = Complete<Schemas["LiveEvent"]>;
export type MediaFile = Complete<Schemas["FileItem"]>;
export type Outline = Complete<Schemas["Outline"]>;
export type Person = Complete<Schemas["PersonItem"]>;
export type Progress = Complete<Schemas["Progress"]>;
export type ProgressUpdate = Schemas["ProgressUpdate"];
export type Scan = Complete<Schemas["ScanItem"]>;
export type ScanAsked = Complete<Schemas["ScanRequested"]>;
export type SearchAnswer = Complete<Schemas["Found"]>;
export type Season = Complete<Schemas["SeasonItem"]>;
export type Status = Complete<Schemas["Status"]>;
export type Stream = Complete<Schemas["StreamItem"]>;
export type Subtitle = Complete<Schemas["SubtitleItem"]>;
export type TitleDetail = Complete<Schemas["TitleDetail"]>;
export type TitleItem = Complete<Schemas["TitleItem"]>;
export type TitleWithPlot = Complete<Schemas["TitleWithPlot"]>;
export type Track = Complete<Schemas["TrackItem"]>;

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}
