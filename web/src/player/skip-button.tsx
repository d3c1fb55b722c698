import { Icon } from "../components/icon";
import type { SkippablePart } from "./chapters";
import "./skip-button.css";

const WORDS: Record<SkippablePart, string> = {
  recap: "Skip recap",
  intro: "Skip intro",
  credits: "Skip credits",
};

interface Props {
  part: SkippablePart;
  onPress: () => void;
}

/** Offered while the film is in a part that many have seen often enough. */
export function SkipButton({ part, onPress }: Props) {
  return (
    <button type="button" class="button button-main skip-button" onClick={onPress}>
      {WORDS[part]}
      <Icon name="next" />
    </button>
  );
}
