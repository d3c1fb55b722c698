import { t } from "../text/words";
import { ControlMenu, MenuChoice } from "./control-menu";
import { SPEEDS, speedWord } from "./speed";

interface Props {
  speed: number;
  onChoose: (speed: number) => void;
}

export function SpeedMenu({ speed, onChoose }: Props) {
  return (
    <ControlMenu
      label={t("Speed {speed}", { speed: speedWord(speed) })}
      face={<span class="speed-face">{speedWord(speed)}</span>}
      isOn={speed !== 1}
    >
      <MenuChoice
        legend={t("Speed")}
        choices={SPEEDS.map((value) => ({ value, words: value === 1 ? t("Normal") : speedWord(value) }))}
        chosen={speed}
        onChoose={onChoose}
      />
    </ControlMenu>
  );
}
