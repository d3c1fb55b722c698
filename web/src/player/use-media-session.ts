import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { commandMedia, seekTo } from "./command-media";
import type { MediaFacts } from "./media-facts";

/** Seconds of a jump by keys that do not say how far. */
const JUMP_S = 10;

interface About {
  title: string;
  /** The series of an episode. */
  artist: string;
  artworkUrl: string | null;
}

/** Tells the system what plays, so that its media keys, headsets and locked screens show and control it. */
export function useMediaSession(
  video: RefObject<HTMLVideoElement | null>,
  { title, artist, artworkUrl }: About,
  facts: MediaFacts,
  onNext: (() => void) | null,
): void {
  const session: MediaSession | undefined = navigator.mediaSession;
  const next = useRef(onNext);
  next.current = onNext;
  const hasNext = onNext !== null;

  useEffect(() => {
    if (session === undefined) return;
    session.metadata = new MediaMetadata({
      title,
      artist,
      artwork: artworkUrl === null ? [] : [{ src: artworkUrl }],
    });
    return () => {
      session.metadata = null;
    };
  }, [session, title, artist, artworkUrl]);

  useEffect(() => {
    const on = (act: (element: HTMLVideoElement, details: MediaSessionActionDetails) => void) => {
      return (details: MediaSessionActionDetails) => {
        if (video.current !== null) act(video.current, details);
      };
    };
    const jump = (element: HTMLVideoElement, by_s: number) => commandMedia(element, { do: "seek", by_s });
    const handlers: [MediaSessionAction, MediaSessionActionHandler | null][] = [
      ["play", on((element) => void element.play().catch(() => undefined))],
      ["pause", on((element) => element.pause())],
      ["seekbackward", on((element, { seekOffset }) => jump(element, -(seekOffset ?? JUMP_S)))],
      ["seekforward", on((element, { seekOffset }) => jump(element, seekOffset ?? JUMP_S))],
      ["seekto", on((element, { seekTime }) => seekTo(element, seekTime ?? element.currentTime))],
      ["nexttrack", hasNext ? () => next.current?.() : null],
    ];
    for (const [action, handler] of handlers) setHandler(session, action, handler);
    return () => {
      for (const [action] of handlers) setHandler(session, action, null);
    };
  }, [session, video, hasNext]);

  const { isPaused, speed, duration_s } = facts;
  const position_s = Math.floor(facts.position_s);
  useEffect(() => {
    if (session === undefined) return;
    session.playbackState = isPaused ? "paused" : "playing";
    if (duration_s > 0) {
      session.setPositionState?.({
        duration: duration_s,
        playbackRate: speed,
        position: Math.min(position_s, duration_s),
      });
    }
  }, [session, isPaused, speed, duration_s, position_s]);
  useEffect(
    () => () => {
      if (session !== undefined) session.playbackState = "none";
    },
    [session],
  );
}

/** A browser throws at an action that it does not know; the others are of use all the same. */
function setHandler(
  session: MediaSession | undefined,
  action: MediaSessionAction,
  handler: MediaSessionActionHandler | null,
) {
  try {
    session?.setActionHandler(action, handler);
  } catch {
    // This key does nothing here.
  }
}
