import { useLayoutEffect, useRef } from "preact/hooks";
import { storeProgress } from "../api";
import type { Subtitle } from "../types";
import type { Place } from "./parts";
import { ProgressReporter } from "./progress-reporter";
import { SubtitleTracks } from "./subtitle-tracks";

interface Props {
  titleId: string;
  name: string;
  place: Place;
  /** What all parts of the version last together. */
  total_ms: number;
  subtitles: Subtitle[];
  onEnded: () => void;
  /** The code of the `MediaError`. */
  onFailed: (code: number) => void;
}

/**
 * The browser's own video controls around one file, begun where the viewer left it. What the player reports (not
 * what was asked of it) goes to the server.
 */
export function VideoPlayer({ titleId, name, place, total_ms, subtitles, onEnded, onFailed }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  const { file, offset_ms, inside_ms } = place;

  // One player shows one file of one title. Before the browser goes on: of a file in its cache it tells the
  // metadata at once, and who listens later starts at 0 instead of where the viewer was.
  useLayoutEffect(() => {
    const video = element.current;
    if (video === null) return;
    const reporter = new ProgressReporter((report, keepalive) =>
      storeProgress(titleId, report.position_ms, report.duration_ms, keepalive),
    );
    let hasStarted = false;
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
      timeupdate: observe,
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
    // biome-ignore lint/a11y/useMediaCaption: the tracks are those that lie beside the file.
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
  );
}
