import { useEffect, useState } from "preact/hooks";
import { Icon } from "../components/icon";

/** Where pages may fill the screen; on phones that only let the video itself, its own button remains. */
export function FullscreenButton({ onPress }: { onPress: () => void }) {
  const [isFull, setFull] = useState(document.fullscreenElement != null);
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  if (!document.fullscreenEnabled) return null;
  return (
    <button
      type="button"
      class="fullscreen-button"
      aria-label={isFull ? "Leave full screen" : "Full screen"}
      onClick={onPress}
    >
      <Icon name={isFull ? "shrink" : "enlarge"} />
    </button>
  );
}
