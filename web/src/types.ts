/** What the server answers, in the words of docs/api.md. Fields without a value are null, never missing. */

export type TitleKind = "film" | "series" | "episode" | "extra" | "audio";

export interface Progress {
  position_ms: number;
  duration_ms: number;
  watched: boolean;
  updated_at_ms: number;
}

export interface MediaFile {
  id: string;
  url: string;
  file_name: string;
  size_bytes: number;
  container: string;
  video_codec: string | null;
  audio_codec: string | null;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  mime_type: string;
  codecs: string | null;
  hdr: string | null;
  edition: string | null;
  part: number | null;
  modified_at_ms: number;
}

export interface TitleItem {
  id: string;
  kind: TitleKind;
  name: string;
  year: number | null;
  duration_ms: number | null;
  poster_url: string | null;
  backdrop_url: string | null;
  logo_url: string | null;
  /** A scene, 16:9: of episodes and extras. */
  thumb_url: string | null;
  genres: string[];
  tagline: string | null;
  added_at_ms: number;
  is_available: boolean;
  series: { id: string; name: string } | null;
  season_number: number | null;
  episode_number: number | null;
  episode_number_end: number | null;
  progress: Progress | null;
  files: MediaFile[];
}

export interface TitleWithPlot extends TitleItem {
  plot: string | null;
}

export interface Person {
  name: string;
  /** The part an actor plays; empty for others. */
  role: string;
  kind: "actor" | "director" | "writer";
}

export interface Season {
  number: number;
  name: string;
  poster_url: string | null;
  episodes: TitleWithPlot[];
}

export interface Track {
  number: number;
  kind: "video" | "audio" | "subtitle" | "other";
  codec: string;
  codec_string: string | null;
  language: string | null;
  name: string | null;
  is_default: boolean;
  is_forced: boolean;
  channels: number | null;
  width: number | null;
  height: number | null;
  hdr: string | null;
}

export interface Chapter {
  start_ms: number;
  end_ms: number | null;
  /** Empty where it has none. */
  name: string;
}

export interface Subtitle {
  url: string;
  language: string | null;
  label: string;
  is_forced: boolean;
  format: string;
}

export interface FileDetail {
  id: string;
  tracks: Track[];
  chapters: Chapter[];
  subtitles: Subtitle[];
  findings: string[];
}

export interface TitleDetail extends TitleWithPlot {
  original_name: string | null;
  premiered: string | null;
  content_rating: string | null;
  rating: number | null;
  studios: string[];
  people: Person[];
  collection: string | null;
  seasons: Season[];
  extras: TitleItem[];
  next_episode: TitleItem | null;
  file_details: FileDetail[];
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export interface Home {
  featured: TitleWithPlot[];
  rows: { id: string; name: string; items: TitleItem[] }[];
}

export interface Genre {
  name: string;
  titles: number;
}

export interface Status {
  version: string;
  started_at_ms: number;
  ready: boolean;
  watch: "watching" | "polling" | "off";
  watch_detail: string | null;
  titles: number;
  files: number;
  findings: number;
  warnings: string[];
  libraries: { id: string; name: string; roots: { path: string; available: boolean }[] }[];
}

export interface Scan {
  id: string;
  trigger: "start" | "watch" | "period" | "request";
  state: "running" | "done" | "failed" | "interrupted";
  phase: "walk" | "probe" | "identify" | "commit" | null;
  started_at_ms: number;
  finished_at_ms: number | null;
  files_found: number;
  files_changed: number;
  files_probed: number;
  files_committed: number;
  titles_added: number;
  files_gone: number;
  findings: number;
  message: string | null;
}

export interface ScanAsked {
  state: "started" | "waiting" | "already_waiting";
}

export interface Finding {
  id: string;
  path: string;
  library: string;
  severity: "error" | "warning";
  message: string;
  file_id: string | null;
  first_seen_at_ms: number;
  last_seen_at_ms: number;
}

export interface Live {
  scan: Scan | null;
}
