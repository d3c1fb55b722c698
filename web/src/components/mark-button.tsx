import { Icon, type IconName } from "./icon";
import "./mark-button.css";

interface Props {
  icon: IconName;
  /** What pressing it does, while it is off and while it is on. */
  words: { off: string; on: string };
  isOn: boolean;
  onPress: () => void;
}

/** A round button that marks something, and takes the mark away again. */
export function MarkButton({ icon, words, isOn, onPress }: Props) {
  const name = isOn ? words.on : words.off;
  return (
    <button
      type="button"
      class={isOn ? "mark-button is-on" : "mark-button"}
      aria-label={name}
      title={name}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
