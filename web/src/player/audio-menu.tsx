import type { RefObject } from "preact";
import { Icon } from "../components/icon";
import { t } from "../text/words";
import { ControlMenu, MenuChoice } from "./control-menu";
import { useAudioTracks } from "./use-audio-tracks";

/** Which sound is heard, where there are several to choose from. */
export function AudioMenu({ video }: { video: RefObject<HTMLVideoElement | null> }) {
  const { list, hear } = useAudioTracks(video);
  if (list.length < 2) return null;
  return (
    <ControlMenu label={t("Audio")} face={<Icon name="audio" />}>
      <MenuChoice
        legend={t("Audio")}
        choices={list.map(({ index, label }) => ({ value: index, words: label }))}
        chosen={list.find(({ isHeard }) => isHeard)?.index ?? null}
        onChoose={(index) => index !== null && hear(index)}
      />
    </ControlMenu>
  );
}
