import { Icon } from "../components/icon";
import { t } from "../text/words";
import type { SkippablePart } from "./chapters";
import "./skip-button.css";

const skipWords = (): Record<SkippablePart, string> => ({
  recap: t("Skip recap"),
  intro: t("Skip intro"),
  credits: t("Skip credits"),
});

interface Props {
  part: SkippablePart;
  onPress: () => void;
}

/** Offered while the film is in a part that many have seen often enough. */
export function SkipButton({ part, onPress }: Props) {
  return (
    <button type="button" class="button button-main skip-button" onClick={onPress}>
      {skipWords()[part]}
      <Icon name="next" />
    </button>
  );
}
