import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { languageName } from "../text/title-words";

/** HTML §4.8.11.10.1. Not in TypeScript's list, as not every browser has it. */
interface AudioTrackList extends EventTarget {
  readonly length: number;
  [index: number]: { enabled: boolean; label: string; language: string };
}

export interface AudioChoice {
  index: number;
  label: string;
  isHeard: boolean;
}

/** What can be heard, as the player lists it; nothing where the browser does not tell. */
export function useAudioTracks(video: RefObject<HTMLVideoElement | null>) {
  const [list, setList] = useState<AudioChoice[]>([]);

  useEffect(() => {
    const tracks = tracksOf(video.current);
    if (tracks === null) return;
    const read = () => setList(audiosOf(tracks));
    const events = ["addtrack", "removetrack", "change"];
    read();
    for (const event of events) tracks.addEventListener(event, read);
    return () => {
      for (const event of events) tracks.removeEventListener(event, read);
    };
  }, [video]);

  const hear = (index: number) => {
    const tracks = tracksOf(video.current);
    if (tracks === null) return;
    for (const [place, track] of Array.from(tracks).entries()) track.enabled = place === index;
  };
  return { list, hear };
}

const tracksOf = (video: HTMLVideoElement | null): AudioTrackList | null =>
  (video as { audioTracks?: AudioTrackList } | null)?.audioTracks ?? null;

const audiosOf = (tracks: AudioTrackList): AudioChoice[] =>
  Array.from(tracks, ({ label, language, enabled }, index) => ({
    index,
    label: label === "" ? languageName(language) : label,
    isHeard: enabled,
  }));
