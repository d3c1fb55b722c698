/** What statistics tell of a film that plays: only what is known, in words. */

import { formatFigure } from "../text/numbers";
import { formatRate } from "../text/rate";
import { formatPosition } from "../text/time";
import { codecWord, containerWord, formatBytes } from "../text/title-words";
import { t } from "../text/words";
import type { MediaFile } from "../types";
import { bufferedAhead_s, type MediaFacts } from "./media-facts";
import { speedWord } from "./speed";

export const notKnown = (): string => t("not known");

/** What the browser says about pictures; `HTMLVideoElement` has all of it. */
export interface Pictures {
  width: number;
  height: number;
  quality: { totalVideoFrames: number; droppedVideoFrames: number } | null;
}

export interface Shown {
  /** In CSS pixels. */
  width: number;
  height: number;
  pixelRatio: number;
}

export function statsOf(
  file: MediaFile,
  facts: MediaFacts,
  pictures: Pictures,
  shown: Shown,
  received_bitsPerSecond: number | null,
): [name: string, words: string][] {
  const ahead_s = bufferedAhead_s(facts.buffered, facts.position_s);
  const mean = meanRate_bitsPerSecond(file, facts.duration_s);
  const seconds = formatFigure(ahead_s, 1);
  const { quality } = pictures;
  return [
    [t("Source"), file.file_name],
    [t("Format"), formatOf(file)],
    [
      t("Size"),
      mean === null
        ? formatBytes(file.size_bytes)
        : t("{size}, {rate} on average", { size: formatBytes(file.size_bytes), rate: formatRate(mean) }),
    ],
    [t("Picture"), pictures.width === 0 ? notKnown() : `${pictures.width} × ${pictures.height}`],
    [
      t("Shown"),
      `${Math.round(shown.width * shown.pixelRatio)} × ${Math.round(shown.height * shown.pixelRatio)}`,
    ],
    [
      t("Position"),
      t("{position} of {duration} at {speed}", {
        position: formatPosition(facts.position_s * 1000),
        duration: formatPosition(facts.duration_s * 1000),
        speed: speedWord(facts.speed),
      }),
    ],
    [
      t("Buffer"),
      mean === null
        ? t("{seconds} s ahead", { seconds })
        : t("{seconds} s ahead, about {bytes}", { seconds, bytes: formatBytes((ahead_s * mean) / 8) }),
    ],
    [t("Received"), receivedWords(received_bitsPerSecond)],
    [
      t("Frames"),
      quality === null
        ? notKnown()
        : t("{dropped} dropped of {frames}", {
            dropped: quality.droppedVideoFrames,
            frames: quality.totalVideoFrames,
          }),
    ],
  ];
}

function receivedWords(rate_bitsPerSecond: number | null): string {
  if (rate_bitsPerSecond === null) return notKnown();
  return rate_bitsPerSecond === 0
    ? t("nothing now")
    : t("about {rate}", { rate: formatRate(rate_bitsPerSecond) });
}

const formatOf = ({ container, video_codec, audio_codec, codecs }: MediaFile): string => {
  const words = [video_codec, audio_codec].filter((codec) => codec !== null).map(codecWord);
  const inside = words.length === 0 ? notKnown() : words.join(", ");
  return `${containerWord(container)}: ${inside}${codecs === null ? "" : ` (${codecs})`}`;
};

/** Bits of the file for each second of the film. */
function meanRate_bitsPerSecond({ size_bytes }: MediaFile, duration_s: number): number | null {
  return duration_s > 0 ? (size_bytes * 8) / duration_s : null;
}

/**
 * How fast the file arrives, from the growth of what is there of it. The browser does not tell bytes of a request
 * that is still under way, so a second of the film counts as many as the file has on average.
 */
export class ReceivedRate {
  #last: { at_ms: number; seconds: number } | null = null;

  /** Null before there are two looks to compare, and when the browser has given up a part of what it had. */
  observe(at_ms: number, file: MediaFile, { buffered, duration_s }: MediaFacts): number | null {
    const seconds = buffered.reduce((sum, { start_s, end_s }) => sum + end_s - start_s, 0);
    const last = this.#last;
    this.#last = { at_ms, seconds };
    const mean = meanRate_bitsPerSecond(file, duration_s);
    if (last === null || mean === null || at_ms <= last.at_ms || seconds < last.seconds) return null;
    return ((seconds - last.seconds) * mean * 1000) / (at_ms - last.at_ms);
  }
}
