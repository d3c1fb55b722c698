import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { HERO_PREVIEW_DELAY_MS, HERO_PREVIEW_FRAME_MS, HERO_PREVIEW_FRAMES_MAX } from "../limits";
import type { Place } from "../player/parts";
import type { Frame } from "../player/storyboard-frames";
import { useStoryboard } from "../player/use-storyboard";
import { StoryboardFrame } from "./storyboard-frame";
import "./hero-preview.css";

interface Props {
  place: Place;
  /** There is something to see. */
  onBegin: () => void;
  onEnd: () => void;
}

/** Pictures of a film, one dissolving into the next, where its backdrop is. Decoration, without sound. */
export function HeroPreview({ place, onBegin, onEnd }: Props) {
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
