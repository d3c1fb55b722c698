/** Titles for unit tests, complete enough for every function that takes one. */
import type { MediaFile, TitleItem } from "./types";

export function file(change: Partial<MediaFile> = {}): MediaFile {
  return {
    id: "f1",
    url: "/files/f1/film.mp4",
    file_name: "film.mp4",
    size_bytes: 1_000_000,
    container: "mp4",
    video_codec: "h264",
    audio_codec: "aac",
    width: 1920,
    height: 1080,
    duration_ms: 60_000,
    mime_type: "video/mp4",
    codecs: "avc1.64001f, mp4a.40.2",
    hdr: null,
    edition: null,
    part: null,
    modified_at_ms: 0,
    ...change,
  };
}

export function film(name: string): TitleItem {
  return {
    id: "t1",
    kind: "film",
    name,
    year: 2020,
    duration_ms: 60_000,
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
    files: [file()],
  };
}
