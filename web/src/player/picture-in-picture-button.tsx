import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../text/words";
import { ControlButton } from "./control-button";

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  onPress: () => void;
}

/** Where the browser can show a film in a small window above all others. */
export function PictureInPictureButton({ video, onPress }: Props) {
  const [isSmall, setSmall] = useState(false);
  useEffect(() => {
    const element = video.current;
    const look = () => setSmall(document.pictureInPictureElement === element);
    element?.addEventListener("enterpictureinpicture", look);
    element?.addEventListener("leavepictureinpicture", look);
    return () => {
      element?.removeEventListener("enterpictureinpicture", look);
      element?.removeEventListener("leavepictureinpicture", look);
    };
  }, [video]);
  if (!document.pictureInPictureEnabled) return null;
  return (
    <ControlButton
      icon="pictureInPicture"
      label={isSmall ? t("Leave picture in picture") : t("Picture in picture")}
      onPress={onPress}
    />
  );
}

export function togglePictureInPicture(video: HTMLVideoElement): void {
  if (!document.pictureInPictureEnabled) return;
  const done =
    document.pictureInPictureElement === video
      ? document.exitPictureInPicture()
      : video.requestPictureInPicture();
  // Refused before the film is known, or where no gesture led here; the button remains.
  done.catch(() => undefined);
}
