import type { RefObject } from "preact";
import { t } from "../text/words";
import type { Chapter } from "../types";
import { AudioMenu } from "./audio-menu";
import { CaptionMenu } from "./caption-menu";
import type { CaptionStyle } from "./caption-style";
import { ControlButton } from "./control-button";
import { FullscreenButton } from "./fullscreen-button";
import type { PlayerCommand } from "./keyboard";
import type { MediaFacts } from "./media-facts";
import { PictureInPictureButton } from "./picture-in-picture-button";
import { SeekBar } from "./seek-bar";
import { SeekIcon } from "./seek-icon";
import { SpeedMenu } from "./speed-menu";
import { TimeButton } from "./time-button";
import type { Captions } from "./use-captions";
import { VolumeControl } from "./volume-control";
import "./control-bar.css";

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  fileId: string;
  facts: MediaFacts;
  chapters: readonly Chapter[];
  seeks: number;
  captions: Captions;
  captionStyle: CaptionStyle;
  hasNext: boolean;
  areStatsShown: boolean;
  onCommand: (command: PlayerCommand) => void;
  onSeek: (position_s: number) => void;
  onSpeed: (speed: number) => void;
  onVolume: (volume: number) => void;
  onCaptionStyle: (style: CaptionStyle) => void;
}

/** All that can be done with a film, below its picture. */
export function ControlBar(props: Props) {
  const { video, facts, onCommand } = props;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing is pressed here, only kept from taking the focus.
    <div class="player-controls" onMouseDown={keepFocus}>
      <SeekBar
        fileId={props.fileId}
        position_s={facts.position_s}
        duration_s={facts.duration_s}
        buffered={facts.buffered}
        chapters={props.chapters}
        seeks={props.seeks}
        onSeek={props.onSeek}
      />
      <div class="control-bar">
        <div class="control-bar-group">
          <ControlButton
            class="play-button"
            icon={facts.isPaused ? "play" : "pause"}
            label={facts.isPaused ? t("Play") : t("Pause")}
            onPress={() => onCommand({ do: "toggle" })}
          />
          {([-10, 10] as const).map((by_s) => (
            <button
              key={by_s}
              type="button"
              class="control-button"
              aria-label={seekWords(by_s)}
              title={seekWords(by_s)}
              onClick={() => onCommand({ do: "seek", by_s })}
            >
              <SeekIcon direction={by_s < 0 ? "back" : "forward"} />
            </button>
          ))}
          <VolumeControl
            volume={facts.volume}
            isMuted={facts.isMuted}
            onVolume={props.onVolume}
            onMute={() => onCommand({ do: "mute" })}
          />
          <TimeButton position_s={facts.position_s} duration_s={facts.duration_s} />
        </div>
        <div class="control-bar-group">
          {props.hasNext && (
            <ControlButton icon="next" label={t("Next episode")} onPress={() => onCommand({ do: "next" })} />
          )}
          {props.captions.list.length > 0 && (
            <CaptionMenu
              captions={props.captions}
              style={props.captionStyle}
              onStyle={props.onCaptionStyle}
            />
          )}
          <AudioMenu video={video} />
          <SpeedMenu speed={facts.speed} onChoose={props.onSpeed} />
          <ControlButton
            icon="stats"
            label={t("Statistics")}
            isOn={props.areStatsShown}
            onPress={() => onCommand({ do: "stats" })}
          />
          <ControlButton
            class="keys-button"
            icon="keys"
            label={t("Keys")}
            onPress={() => onCommand({ do: "keys" })}
          />
          <PictureInPictureButton video={video} onPress={() => onCommand({ do: "pictureInPicture" })} />
          <FullscreenButton video={video} onPress={() => onCommand({ do: "fullscreen" })} />
        </div>
      </div>
    </div>
  );
}

const seekWords = (by_s: number) => (by_s < 0 ? t("Back 10 seconds") : t("Forward 10 seconds"));

/**
 * The mouse leaves the focus where it is, so that arrows go on to mean seconds after a button was clicked. A slider
 * would not be dragged without it.
 */
function keepFocus(event: MouseEvent) {
  const isSlider = event.target instanceof HTMLInputElement;
  if (!isSlider) event.preventDefault();
}
