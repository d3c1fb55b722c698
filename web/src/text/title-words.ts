/** How titles and files are called on the page. */
import type { MediaFile, Season, TitleItem } from "../types";
import { language } from "./languages";
import { formatFigure } from "./numbers";
import { formatDuration } from "./time";
import { t } from "./words";

export function kindWord(kind: string): string {
  switch (kind) {
    case "film":
      return t("Film");
    case "series":
      return t("Series #one");
    case "episode":
      return t("Episode");
    case "extra":
      return t("Extra");
    case "audio":
      return t("Audio");
    default:
      return kind;
  }
}

/** `S1 E3`, `S1 E3–4`, `Special 2`; empty where a title has no number. */
export function episodeCode(title: TitleItem): string {
  if (title.episode_number === null) return "";
  const last = title.episode_number_end;
  const numbers =
    last !== null && last !== title.episode_number
      ? `${title.episode_number}–${last}`
      : `${title.episode_number}`;
  if (title.season_number === null) return t("Episode {numbers}", { numbers });
  return title.season_number === 0
    ? t("Special {numbers}", { numbers })
    : t("S{season} E{numbers}", { season: String(title.season_number), numbers });
}

/** What the server calls a season, in the language of the page. */
export function seasonName({ number }: Season): string {
  return number === 0 ? t("Specials") : t("Season {number}", { number: String(number) });
}

/** The line under a card: the year of a film, the place of an episode. */
export function cardDetail(title: TitleItem): string {
  const parts: string[] = [];
  if (title.kind === "episode") {
    const code = episodeCode(title);
    if (code !== "") parts.push(code);
    if (title.series !== null) parts.push(title.name);
  } else {
    if (title.year !== null) parts.push(String(title.year));
    if (title.kind !== "film") parts.push(kindWord(title.kind));
    else if (title.duration_ms !== null) parts.push(formatDuration(title.duration_ms));
  }
  return parts.join(" · ");
}

/** The words on a card: an episode is first known by its series. */
export const cardName = (title: TitleItem): string =>
  title.kind === "episode" && title.series !== null ? title.series.name : title.name;

/** `4K`, `1080p`, … from the larger of what width and height say, so that wide films are not demoted. */
export function resolutionBadge(file: MediaFile): string | null {
  const { width, height } = file;
  if (width === null || height === null) return null;
  const steps = [
    [3200, 1800, "4K"],
    [2300, 1300, "1440p"],
    [1700, 1000, "1080p"],
    [1100, 660, "720p"],
  ] as const;
  for (const [wide, high, word] of steps) if (width >= wide || height >= high) return word;
  return `${height}p`;
}

const HDR_WORDS: Record<string, string> = {
  hdr10: "HDR10",
  hdr10_plus: "HDR10+",
  hlg: "HLG",
  dolby_vision: "Dolby Vision",
};

export const hdrWord = (hdr: string): string => HDR_WORDS[hdr] ?? hdr;

const CODEC_WORDS: Record<string, string> = {
  h264: "H.264",
  avc: "H.264",
  hevc: "HEVC",
  h265: "HEVC",
  av1: "AV1",
  vp8: "VP8",
  vp9: "VP9",
  mpeg2video: "MPEG-2",
  mpeg4: "MPEG-4",
  aac: "AAC",
  ac3: "Dolby Digital",
  eac3: "Dolby Digital Plus",
  truehd: "Dolby TrueHD",
  dts: "DTS",
  flac: "FLAC",
  mp3: "MP3",
  opus: "Opus",
  vorbis: "Vorbis",
  alac: "ALAC",
};

export const codecWord = (codec: string): string => CODEC_WORDS[codec.toLowerCase()] ?? codec.toUpperCase();

const CONTAINER_WORDS: Record<string, string> = {
  mp4: "MP4",
  mov: "QuickTime",
  matroska: "Matroska",
  mkv: "Matroska",
  webm: "WebM",
};

export const containerWord = (container: string): string =>
  CONTAINER_WORDS[container.toLowerCase()] ?? container.toUpperCase();

/** What tells one version of a title from the others: `Director's Cut · 4K · HEVC · HDR10 · 1 h 57 min · 24 GB`. */
export function versionWords(file: MediaFile, duration_ms: number): string {
  const words = [
    file.edition,
    resolutionBadge(file),
    file.video_codec === null ? null : codecWord(file.video_codec),
    file.hdr === null ? null : hdrWord(file.hdr),
    containerWord(file.container),
    duration_ms > 0 ? formatDuration(duration_ms) : null,
    formatBytes(file.size_bytes),
  ];
  return words.filter((word) => word !== null).join(" · ");
}

/** `1.4 GB`, `12 MB`, `640 kB`: decimal units, as disks are sold. */
export function formatBytes(size_bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = size_bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${formatFigure(value, value < 9.95 && unit > 0 ? 1 : 0)} ${units[unit]}`;
}

/** What a language is called, or its code where nobody knows it. */
export function languageName(code: string | null): string {
  if (code === null || code === "" || code === "und") return t("Unknown language");
  try {
    return new Intl.DisplayNames(language(), { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}
