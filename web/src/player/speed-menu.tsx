import { ControlMenu, MenuChoice } from "./control-menu";
import { SPEEDS, speedWord } from "./speed";

interface Props {
  speed: number;
  onChoose: (speed: number) => void;
}

export function SpeedMenu({ speed, onChoose }: Props) {
  return (
    <ControlMenu
      label={`Speed ${speedWord(speed)}`}
      face={<span class="speed-face">{speedWord(speed)}</span>}
      isOn={speed !== 1}
    >
      <MenuChoice
        legend="Speed"
        choices={SPEEDS.map((value) => ({ value, words: value === 1 ? "Normal" : speedWord(value) }))}
        chosen={speed}
        onChoose={onChoose}
      />
    </ControlMenu>
  );
}
