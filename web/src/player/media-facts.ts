/** What the player says about itself: what is shown is this, not what was asked of it. */

/** A part of the time line. */
export interface Stretch {
  start_s: number;
  end_s: number;
}

export interface MediaFacts {
  position_s: number;
  /** 0 while it is not known. */
  duration_s: number;
  /** What the browser has of the file. */
  buffered: Stretch[];
  isPaused: boolean;
  hasEnded: boolean;
  /** It cannot go on now: data are missing. */
  isWaiting: boolean;
  volume: number;
  isMuted: boolean;
  speed: number;
}

/** Events after which the facts are others. */
export const FACT_EVENTS = [
  "timeupdate",
  "durationchange",
  "progress",
  "suspend",
  "seeking",
  "seeked",
  "play",
  "playing",
  "pause",
  "ended",
  "waiting",
  "canplay",
  "volumechange",
  "ratechange",
] as const;

/** `known_s`: how long the file lasts, as the server knows it. */
export function factsOf(video: HTMLVideoElement, known_s: number): MediaFacts {
  const { currentTime, duration, ended, networkState, paused, readyState } = video;
  // Telephones load nothing before somebody presses play; that is no waiting.
  const wantsData = !paused || networkState === HTMLMediaElement.NETWORK_LOADING;
  return {
    position_s: currentTime,
    duration_s: Number.isFinite(duration) ? duration : known_s,
    buffered: stretchesOf(video.buffered),
    isPaused: paused,
    hasEnded: ended,
    isWaiting: wantsData && !ended && readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
    volume: video.volume,
    isMuted: video.muted,
    speed: video.playbackRate,
  };
}

const stretchesOf = (ranges: TimeRanges): Stretch[] =>
  Array.from({ length: ranges.length }, (_, index) => ({
    start_s: ranges.start(index),
    end_s: ranges.end(index),
  }));

/** How far beyond the position the film could play on without the network. */
export function bufferedAhead_s(buffered: readonly Stretch[], position_s: number): number {
  // A position may lie a frame before the stretch it plays from.
  const own = buffered.find(({ start_s, end_s }) => start_s - 0.1 <= position_s && position_s <= end_s);
  return own === undefined ? 0 : own.end_s - position_s;
}
