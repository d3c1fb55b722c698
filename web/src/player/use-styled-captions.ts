import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchSubtitle } from "../api";
import type { Subtitle } from "../types";
import type { Caption } from "./use-captions";

/** What ASS.js draws. */
const STYLED_FORMATS = ["ass", "ssa"];

/**
 * Draws the captions that are shown over the film with their own styles, where they have any. True once they are
 * drawn; until then, and where they cannot be, the browser shows their text.
 */
export function useStyledCaptions(
  video: RefObject<HTMLVideoElement | null>,
  layer: RefObject<HTMLElement | null>,
  subtitles: Subtitle[],
  shown: Caption | undefined,
  hasMetadata: boolean,
): boolean {
  const [areDrawn, setDrawn] = useState(false);
  const url = hasMetadata ? styledUrl(video.current, subtitles, shown) : null;

  useEffect(() => {
    const [over, into] = [video.current, layer.current];
    if (url === null || over === null || into === null) return;
    const interest = new AbortController();
    let remove: (() => void) | null = null;
    Promise.all([fetchSubtitle(url, interest.signal), import("./styled-captions")]).then(
      ([outcome, { drawStyledCaptions }]) => {
        if (interest.signal.aborted || outcome.status !== "success") return;
        remove = drawStyledCaptions(outcome.value, over, into);
        setDrawn(true);
      },
      () => {
        // The text is shown all the same.
      },
    );
    return () => {
      interest.abort();
      remove?.();
      setDrawn(false);
    };
  }, [url]);

  return areDrawn;
}

/** Where the subtitle lies that a caption is made of, if it has styles. */
function styledUrl(
  video: HTMLVideoElement | null,
  subtitles: Subtitle[],
  shown: Caption | undefined,
): string | null {
  if (video === null || shown === undefined) return null;
  const track = video.textTracks[shown.index];
  const place = [...video.querySelectorAll("track")].findIndex((element) => element.track === track);
  const subtitle = subtitles[place];
  return subtitle !== undefined && STYLED_FORMATS.includes(subtitle.format) ? subtitle.url : null;
}
