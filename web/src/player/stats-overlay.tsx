import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { STATS_MS } from "../limits";
import { t } from "../text/words";
import type { MediaFile } from "../types";
import { factsOf } from "./media-facts";
import { ReceivedRate, statsOf } from "./playback-stats";
import "./stats-overlay.css";

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  file: MediaFile;
}

/** Numbers about what plays, read every second while they are shown. */
export function StatsOverlay({ video, file }: Props) {
  const [stats, setStats] = useState<[string, string][]>([]);
  useEffect(() => {
    const rate = new ReceivedRate();
    const read = () => {
      const element = video.current;
      if (element === null) return;
      const facts = factsOf(element, (file.duration_ms ?? 0) / 1000);
      setStats(
        statsOf(
          file,
          facts,
          {
            width: element.videoWidth,
            height: element.videoHeight,
            // Not every television's browser has it.
            quality: element.getVideoPlaybackQuality?.() ?? null,
          },
          { ...shownSize(element), pixelRatio: devicePixelRatio },
          rate.observe(performance.now(), file, facts),
        ),
      );
    };
    read();
    const timer = setInterval(read, STATS_MS);
    return () => clearInterval(timer);
  }, [video, file]);
  return (
    <section class="stats-overlay" aria-label={t("Statistics")}>
      <dl>
        {stats.map(([name, words]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** How large the picture is within the element, which it does not fill to all sides. */
function shownSize({ clientWidth, clientHeight, videoWidth, videoHeight }: HTMLVideoElement) {
  if (videoWidth === 0 || videoHeight === 0) return { width: clientWidth, height: clientHeight };
  const scale = Math.min(clientWidth / videoWidth, clientHeight / videoHeight);
  return { width: videoWidth * scale, height: videoHeight * scale };
}
