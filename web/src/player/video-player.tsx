import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { storeProgress } from "../api";
import type { Subtitle } from "../types";
import { FullscreenButton } from "./fullscreen-button";
import type { Place } from "./parts";
import { ProgressReporter } from "./progress-reporter";
import { SeekBar, type Stretch } from "./seek-bar";
import { SubtitleTracks } from "./subtitle-tracks";
import "./video-player.css";

interface Props {
  titleId: string;
  name: string;
  place: Place;
  /** What all parts of the version last together. */
  total_ms: number;
  subtitles: Subtitle[];
  onEnded: () => void;
  onFullscreen: () => void;
  /** The code of the `MediaError`. */
  onFailed: (code: number) => void;
}

/** What the player says about itself. */
interface Facts {
  position_s: number;
  duration_s: number;
  buffered: Stretch[];
}

/**
 * One file in the browser's own video controls with a time line of ours, begun where the viewer left it. What the
 * player reports (not what was asked of it) is shown and goes to the server.
 */
export function VideoPlayer({
  titleId,
  name,
  place,
  total_ms,
  subtitles,
  onEnded,
  onFullscreen,
  onFailed,
}: Props) {
  const element = useRef<HTMLVideoElement>(null);
  const { file, offset_ms, inside_ms } = place;
  const known_s = (file.duration_ms ?? 0) / 1000;
  const [facts, setFacts] = useState<Facts>({
    position_s: inside_ms / 1000,
    duration_s: known_s,
    buffered: [],
  });
  const [seeks, setSeeks] = useState(0);

  // One player shows one file of one title. Before the browser goes on: of a file in its cache it tells the
  // metadata at once, and who listens later starts at 0 instead of where the viewer was.
  useLayoutEffect(() => {
    const video = element.current;
    if (video === null) return;
    const reporter = new ProgressReporter((report, keepalive) =>
      storeProgress(titleId, report.position_ms, report.duration_ms, keepalive),
    );
    let hasStarted = false;
    const show = () => setFacts(factsOf(video, known_s));
    const observe = () => {
      // Before the start the player stands at 0; reporting that would forget where the viewer was.
      if (!hasStarted) return;
      const known_ms = Number.isFinite(video.duration) ? Math.round(video.duration * 1000) : 0;
      reporter.observe({
        position_ms: Math.round(offset_ms + video.currentTime * 1000),
        duration_ms: Math.max(total_ms, offset_ms + known_ms),
      });
    };
    const listeners: Partial<Record<keyof HTMLMediaElementEventMap, () => void>> = {
      loadedmetadata: () => {
        if (inside_ms > 0) video.currentTime = inside_ms / 1000;
        // Refused without a gesture, for instance after a reload: then the viewer presses play.
        video.play().catch(() => undefined);
      },
      playing: () => {
        hasStarted = true;
        observe();
        reporter.start();
      },
      timeupdate: () => {
        observe();
        show();
      },
      durationchange: show,
      progress: show,
      seeking: () => {
        show();
        // Going to where the viewer was is nobody's wish to look around.
        if (hasStarted || Math.round(video.currentTime * 1000) !== Math.round(inside_ms)) {
          setSeeks((count) => count + 1);
        }
      },
      pause: () => {
        observe();
        reporter.stop();
      },
      seeked: () => {
        observe();
        reporter.flush();
      },
      ended: () => {
        observe();
        reporter.stop();
        onEnded();
      },
      error: () => onFailed(video.error?.code ?? 4),
    };
    for (const [event, listener] of Object.entries(listeners)) video.addEventListener(event, listener);
    const leave = () => {
      observe();
      reporter.leave();
    };
    addEventListener("pagehide", leave);
    return () => {
      leave();
      removeEventListener("pagehide", leave);
      for (const [event, listener] of Object.entries(listeners)) video.removeEventListener(event, listener);
      // Without this the browser keeps fetching the file of a player nobody sees.
      video.removeAttribute("src");
      video.load();
    };
  }, []);

  return (
    <div class="player">
      {/* biome-ignore lint/a11y/useMediaCaption: the tracks are those that lie beside the file. */}
      <video
        ref={element}
        class="video-player"
        src={file.url}
        controls
        playsInline
        preload="auto"
        aria-label={name}
      >
        <SubtitleTracks subtitles={subtitles} />
      </video>
      <div class="player-controls">
        <SeekBar
          fileId={file.id}
          {...facts}
          seeks={seeks}
          onSeek={(position_s) => {
            if (element.current !== null) element.current.currentTime = position_s;
          }}
        />
        <FullscreenButton onPress={onFullscreen} />
      </div>
    </div>
  );
}

function factsOf(video: HTMLVideoElement, known_s: number): Facts {
  const { buffered, currentTime, duration } = video;
  return {
    position_s: currentTime,
    duration_s: Number.isFinite(duration) ? duration : known_s,
    buffered: Array.from({ length: buffered.length }, (_, index) => ({
      start_s: buffered.start(index),
      end_s: buffered.end(index),
    })),
  };
}
