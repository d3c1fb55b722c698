import type { MediaFile } from "../types";
import { type Playability, playability } from "./playability";

let probe: HTMLVideoElement | null = null;

/** Asks this browser whether it plays a file. */
export function canPlayHere(file: MediaFile): Playability {
  probe ??= document.createElement("video");
  const video = probe;
  return playability(file, (mimeType) => video.canPlayType(mimeType));
}
