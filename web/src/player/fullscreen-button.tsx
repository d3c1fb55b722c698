import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../text/words";
import { ControlButton } from "./control-button";

/** iPhones let no page fill the screen, but the video itself, under controls of their own. */
type ScreenFillingVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

interface Props {
  video: RefObject<ScreenFillingVideo | null>;
  onPress: () => void;
}

export function FullscreenButton({ video, onPress }: Props) {
  const [isFull, setFull] = useState(document.fullscreenElement != null);
  const [canFill, setCanFill] = useState(document.fullscreenEnabled === true);
  useEffect(() => {
    if (video.current?.webkitEnterFullscreen !== undefined) setCanFill(true);
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, [video]);
  if (!canFill) return null;
  return (
    <ControlButton
      icon={isFull ? "shrink" : "enlarge"}
      label={isFull ? t("Leave full screen") : t("Full screen")}
      onPress={onPress}
    />
  );
}

/** All of the stage, so that what lies over the video is there too. */
export function toggleFullscreen(stage: HTMLElement | null, video: ScreenFillingVideo | null): void {
  if (document.fullscreenElement != null) void document.exitFullscreen();
  else if (!document.fullscreenEnabled) video?.webkitEnterFullscreen?.();
  // Refused where no gesture led here; the button remains.
  else stage?.requestFullscreen().catch(() => undefined);
}
