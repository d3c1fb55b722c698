import { useEffect, useState } from "preact/hooks";
import { CARD_PREVIEW_FRAME_MS } from "../limits";
import type { Place } from "../player/parts";
import { previewPlace } from "../player/preview-place";
import type { Frame } from "../player/storyboard-frames";
import { useStoryboard } from "../player/use-storyboard";
import type { TitleItem } from "../types";
import { StoryboardFrame } from "./storyboard-frame";
import "./card-preview.css";

/**
 * Frames of a film over its picture, one after the other; a single one for who wants no motion. Nothing where
 * there are none, so that the picture stays. Decoration.
 */
export function CardPreview({ title }: { title: TitleItem }) {
  const place = previewPlace(title);
  return place === null ? null : <Frames place={place} />;
}

function Frames({ place }: { place: Place }) {
  const [position_ms, setPosition] = useState(place.inside_ms);
  const { frame, cues } = useStoryboard(place.file.id, position_ms);
  // The one that is seen, and beneath it the one before while it appears.
  const [shown, setShown] = useState<Frame[]>([]);

  useEffect(() => {
    if (frame === null) return;
    setShown((before) => [...before.slice(-1), frame]);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const next = cues[cues.indexOf(frame.cue) + 1] ?? cues[0];
    if (next === undefined) return;
    const timer = setTimeout(() => setPosition(next.start_ms), CARD_PREVIEW_FRAME_MS);
    return () => clearTimeout(timer);
  }, [frame?.cue]);

  if (shown.length === 0) return null;
  return (
    <span class="card-preview" aria-hidden="true">
      {shown.map((each) => (
        <span class="card-preview-frame" key={each.cue.start_ms}>
          <StoryboardFrame class="card-preview-glow" frame={each} />
          <StoryboardFrame class="card-preview-picture" frame={each} />
        </span>
      ))}
    </span>
  );
}
