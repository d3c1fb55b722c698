import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchTitle } from "../api";
import { HERO_PREVIEW_DELAY_MS, HERO_PREVIEW_FRAME_MS, HERO_PREVIEW_FRAMES_MAX } from "../limits";
import type { Place } from "../player/parts";
import { previewPlace } from "../player/preview-place";
import type { Frame } from "../player/storyboard-frames";
import { useStoryboard } from "../player/use-storyboard";
import { useResource } from "../store/resource";
import type { TitleItem } from "../types";
import { StoryboardFrame } from "./storyboard-frame";
import "./hero-preview.css";

interface Props {
  title: TitleItem;
  /** There is something to see. */
  onBegin: () => void;
  onEnd: () => void;
}

/** Pictures of a title, one dissolving into the next, where its backdrop is. Decoration, without sound. */
export function HeroPreview({ title, onBegin, onEnd }: Props) {
  if (title.kind === "series") return <SeriesPreview title={title} onBegin={onBegin} onEnd={onEnd} />;
  const place = previewPlace(title);
  return place === null ? null : <Frames place={place} onBegin={onBegin} onEnd={onEnd} />;
}

/** Of a series, the episode with which it goes on; which that is stands in what its page will ask for anyway. */
function SeriesPreview({ title, onBegin, onEnd }: Props) {
  const { resource } = useResource(`title ${title.id}`, (signal) => fetchTitle(title.id, signal));
  const next = resource.state === "ready" ? resource.value.next_episode : null;
  const place = next === null ? null : previewPlace(next);
  return place === null ? null : <Frames key={place.file.id} place={place} onBegin={onBegin} onEnd={onEnd} />;
}

function Frames({ place, onBegin, onEnd }: Omit<Props, "title"> & { place: Place }) {
  const [position_ms, setPosition] = useState(place.inside_ms);
  const { frame, cues } = useStoryboard(place.file.id, position_ms);
  const [shown, setShown] = useState<{ frames: Frame[]; count: number }>({ frames: [], count: 0 });

  useEffect(() => {
    if (frame === null) return;
    const count = shown.count + 1;
    if (count === 1) onBegin();
    setShown({ frames: [...shown.frames.slice(-1), frame], count });
    const next = cues[cues.indexOf(frame.cue) + 1];
    const timer = setTimeout(
      () => (next === undefined || count >= HERO_PREVIEW_FRAMES_MAX ? onEnd() : setPosition(next.start_ms)),
      HERO_PREVIEW_FRAME_MS,
    );
    return () => clearTimeout(timer);
  }, [frame?.cue]);

  if (shown.frames.length === 0) return null;
  return (
    <div class="hero-preview" aria-hidden="true">
      {shown.frames.map((each) => (
        <div class="hero-preview-frame" key={each.cue.start_ms}>
          <StoryboardFrame class="hero-preview-glow" frame={each} />
          <StoryboardFrame class="hero-preview-picture" frame={each} />
        </div>
      ))}
    </div>
  );
}

/**
 * Whether a preview may begin: the element has been in view for a while, and the viewer wants neither stillness
 * nor to save data.
 */
export function useIsLookedAt(element: RefObject<Element | null>): boolean {
  const [isLookedAt, setLookedAt] = useState(false);
  useEffect(() => {
    if (element.current === null || isCalmWished()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        clearTimeout(timer);
        if (entry?.isIntersecting !== true) setLookedAt(false);
        else timer = setTimeout(() => setLookedAt(!document.hidden), HERO_PREVIEW_DELAY_MS);
      },
      { threshold: 0.5 },
    );
    observer.observe(element.current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [element]);
  return isLookedAt;
}

function isCalmWished(): boolean {
  // Not every browser tells, and the types know of none that does.
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  return matchMedia("(prefers-reduced-motion: reduce)").matches || connection?.saveData === true;
}
