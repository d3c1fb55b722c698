import type { IconName } from "../components/icon";
import { t } from "../text/words";
import { ControlButton } from "./control-button";
import "./volume-control.css";

interface Props {
  volume: number;
  isMuted: boolean;
  onVolume: (volume: number) => void;
  onMute: () => void;
}

/** Mutes, and where there is a mouse or keys also sets how loud it is; telephones have buttons for that. */
export function VolumeControl({ volume, isMuted, onVolume, onMute }: Props) {
  const heard = isMuted ? 0 : volume;
  return (
    <div class="volume-control">
      <ControlButton icon={iconOf(heard)} label={isMuted ? t("Unmute") : t("Mute")} onPress={onMute} />
      <input
        type="range"
        class="volume-slider"
        aria-label={t("Volume")}
        aria-valuetext={t("{percent} %", { percent: Math.round(heard * 100) })}
        min={0}
        max={1}
        step={0.05}
        value={heard}
        style={{ "--share": `${heard}` }}
        onInput={(event) => onVolume(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

function iconOf(heard: number): IconName {
  if (heard === 0) return "muted";
  return heard < 0.5 ? "quiet" : "loud";
}
