/**
 * Whether this browser can play a file as it is, and in plain words why not. The browser decides
 * (`canPlayType`); this module only asks the right questions.
 */

import { formatAll } from "../text/numbers";
import { codecWord, containerWord } from "../text/title-words";
import { t } from "../text/words";
import type { MediaFile } from "../types";

export type Playability =
  | { verdict: "plays" }
  /** The browser does not vouch for the container but knows what is inside; trying is worth it. */
  | { verdict: "perhaps"; reason: string }
  | { verdict: "cannot"; reason: string };

/** `HTMLMediaElement.canPlayType`: empty means no. */
export type CanPlayType = (mimeType: string) => string;

export function playability(file: MediaFile, canPlayType: CanPlayType): Playability {
  const container = containerWord(file.container);
  const codecs = splitCodecs(file.codecs);
  if (codecs.length === 0) {
    return canPlayType(file.mime_type) !== ""
      ? { verdict: "perhaps", reason: t("What is inside this file is not known; it may or may not play.") }
      : { verdict: "cannot", reason: t("This browser cannot play {container} files.", { container }) };
  }
  if (canPlayType(withCodecs(file.mime_type, codecs)) !== "") return { verdict: "plays" };

  // Browsers answer for video and audio separately as well, in the containers they know best.
  const unknown = codecs.filter((codec) => !knowsCodec(codec, canPlayType));
  if (unknown.length > 0) {
    const codecs = formatAll(unknown.map((codec) => codecName(codec, file)));
    return { verdict: "cannot", reason: t("This browser has no decoder for {codecs}.", { codecs }) };
  }
  return isReadByDemuxers(file.mime_type)
    ? {
        verdict: "perhaps",
        reason: t("Not every browser opens {container} files; this one may.", { container }),
      }
    : { verdict: "cannot", reason: t("This browser cannot open {container} files.", { container }) };
}

function splitCodecs(codecs: string | null): string[] {
  return (codecs ?? "")
    .split(",")
    .map((codec) => codec.trim())
    .filter((codec) => codec !== "");
}

const withCodecs = (mimeType: string, codecs: string[]) => `${mimeType}; codecs="${codecs.join(", ")}"`;

const knowsCodec = (codec: string, canPlayType: CanPlayType): boolean =>
  ["video/mp4", "video/webm", "audio/mp4", "audio/webm"].some(
    (mimeType) => canPlayType(withCodecs(mimeType, [codec])) !== "",
  );

/** Relatives of MP4 and WebM: the demuxers of browsers read them although `canPlayType` denies it. */
const isReadByDemuxers = (mimeType: string): boolean =>
  /^(video|audio)\/(x-matroska|matroska|quicktime|mp4|webm|x-m4v)$/.test(mimeType);

/** The codec as people know it: by its sample entry, else as the file's own words have it. */
function codecName(codec: string, file: MediaFile): string {
  const entry = codec.split(".")[0]?.toLowerCase() ?? "";
  const words: Record<string, string> = {
    avc1: "H.264",
    avc3: "H.264",
    hvc1: "HEVC (H.265)",
    hev1: "HEVC (H.265)",
    dvh1: "Dolby Vision",
    dvhe: "Dolby Vision",
    av01: "AV1",
    vp08: "VP8",
    vp09: "VP9",
    "ac-3": "Dolby Digital (AC-3)",
    "ec-3": "Dolby Digital Plus (E-AC-3)",
    dtsc: "DTS",
    dtse: "DTS",
    mp4a: "AAC",
    mlpa: "Dolby TrueHD",
  };
  return (
    words[entry] ??
    (splitCodecs(file.codecs).length === 1 && file.video_codec
      ? codecWord(file.video_codec)
      : codecWord(entry))
  );
}
