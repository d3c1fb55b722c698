import { useEffect, useRef, useState } from "preact/hooks";
import type { Cue } from "./storyboard";
import { type Frame, StoryboardFrames } from "./storyboard-frames";

interface Shown {
  frame: Frame | null;
  /** Whether there is a frame: here, or still to come. */
  isExpected: boolean;
  /** All there are, in time order; none before they are known. */
  cues: readonly Cue[];
}

/** The frame of a file at a position, once it is there; null is no position, and asks for nothing. */
export function useStoryboard(fileId: string, position_ms: number | null): Shown {
  const kept = useRef<StoryboardFrames | null>(null);
  const [, setChanges] = useState(0);

  useEffect(() => {
    const frames = new StoryboardFrames(fileId, () => setChanges((count) => count + 1));
    kept.current = frames;
    return () => {
      kept.current = null;
      frames.close();
    };
  }, [fileId]);

  useEffect(() => {
    if (position_ms !== null) kept.current?.wish(position_ms);
  }, [fileId, position_ms]);

  const frames = kept.current;
  if (frames === null || position_ms === null) return { frame: null, isExpected: false, cues: [] };
  return { frame: frames.frameAt(position_ms), isExpected: frames.expects(position_ms), cues: frames.cues };
}
