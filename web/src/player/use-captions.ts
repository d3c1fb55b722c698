import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { keepChoices, readChoices } from "../store/choices";

export interface Caption {
  /** Its place among the player's text tracks. */
  index: number;
  label: string;
  language: string;
  isShown: boolean;
}

export interface Captions {
  list: Caption[];
  /** Null shows none. */
  show: (index: number | null) => void;
  toggle: () => void;
}

/** The captions of the player, as it lists them; those in the language that was last chosen come up by themselves. */
export function useCaptions(video: RefObject<HTMLVideoElement | null>): Captions {
  const [list, setList] = useState<Caption[]>([]);

  // Before the browser tells of the tracks that were there from the beginning.
  useLayoutEffect(() => {
    const tracks = video.current?.textTracks;
    if (tracks === undefined) return;
    const read = () => setList(captionsOf(tracks));
    const onAdded = ({ track }: TrackEvent) => {
      const { areCaptionsShown, captionLanguage } = readChoices();
      const isWished = areCaptionsShown && track?.language === captionLanguage;
      const isFirst = captionsOf(tracks).every(({ isShown }) => !isShown);
      // Who has asked for none is not surprised by the browser's own choice either.
      if (track != null && isCaption(track)) track.mode = isWished && isFirst ? "showing" : "disabled";
      read();
    };
    read();
    tracks.addEventListener("addtrack", onAdded);
    tracks.addEventListener("removetrack", read);
    tracks.addEventListener("change", read);
    return () => {
      tracks.removeEventListener("addtrack", onAdded);
      tracks.removeEventListener("removetrack", read);
      tracks.removeEventListener("change", read);
    };
  }, [video]);

  const show = (index: number | null) => {
    const tracks = [...(video.current?.textTracks ?? [])];
    for (const [place, track] of tracks.entries()) {
      if (isCaption(track)) track.mode = place === index ? "showing" : "disabled";
    }
    const chosen = index === null ? undefined : tracks[index];
    if (chosen === undefined) keepChoices({ areCaptionsShown: false });
    else keepChoices({ areCaptionsShown: true, captionLanguage: chosen.language });
  };
  const toggle = () => {
    // Not what is shown on the page: that comes a moment after the tracks have changed.
    const tracks = video.current?.textTracks;
    const current = tracks === undefined ? [] : captionsOf(tracks);
    const { captionLanguage } = readChoices();
    const isShown = current.some((caption) => caption.isShown);
    const wished = current.find(({ language }) => language === captionLanguage) ?? current[0];
    show(isShown || wished === undefined ? null : wished.index);
  };
  return { list, show, toggle };
}

const isCaption = ({ kind }: TextTrack) => kind === "subtitles" || kind === "captions";

const captionsOf = (tracks: TextTrackList): Caption[] =>
  [...tracks].flatMap((track, index) =>
    isCaption(track)
      ? [{ index, label: track.label, language: track.language, isShown: track.mode === "showing" }]
      : [],
  );
