import { Icon, type IconName } from "../components/icon";
import "./control-button.css";

interface Props {
  icon: IconName;
  /** What a press does. */
  label: string;
  onPress: () => void;
  class?: string;
  /** For what stays on until the next press. */
  isOn?: boolean;
}

export function ControlButton({ icon, label, onPress, class: name = "", isOn }: Props) {
  return (
    <button
      type="button"
      class={`control-button ${name}`}
      aria-label={label}
      aria-pressed={isOn}
      title={label}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
