import { StoryboardFrame } from "../components/storyboard-frame";
import { formatPosition } from "../text/time";
import { useStoryboard } from "./use-storyboard";
import "./seek-preview.css";

interface Props {
  fileId: string;
  /** Null shows nothing, and asks for nothing. */
  position_ms: number | null;
  /** Where on the line the position is, from 0 to 1. */
  share: number;
  /** Empty where it has none. */
  chapterName: string;
}

/**
 * What the film shows at a place of the time line, the time and the chapter; words alone where there is no picture.
 * For the eye only: the time line itself tells its position in words.
 */
export function SeekPreview({ fileId, position_ms, share, chapterName }: Props) {
  const { frame, isExpected } = useStoryboard(fileId, position_ms);
  if (position_ms === null) return null;
  return (
    <div
      class={isExpected ? "seek-preview has-picture" : "seek-preview"}
      style={{ "--at": `${share}` }}
      aria-hidden="true"
    >
      {isExpected && (
        <div class="seek-preview-picture">{frame !== null && <StoryboardFrame class="" frame={frame} />}</div>
      )}
      {chapterName !== "" && <span class="seek-preview-chapter">{chapterName}</span>}
      <span class="seek-preview-time">{formatPosition(position_ms)}</span>
    </div>
  );
}
