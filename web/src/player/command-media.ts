import { keepChoices } from "../store/choices";
import type { PlayerCommand } from "./keyboard";
import { stepSpeed } from "./speed";

/** The last second is where `End` leads: the end itself would lead to what comes next. */
const END_MARGIN_S = 1;

/** Does what concerns the film alone: where it is, whether it plays, how loud and how fast. */
export function commandMedia(video: HTMLVideoElement, command: PlayerCommand): void {
  switch (command.do) {
    case "toggle":
      if (video.paused) video.play().catch(() => undefined);
      else video.pause();
      return;
    case "seek":
      seekTo(video, video.currentTime + command.by_s);
      return;
    case "seekToShare":
      seekTo(video, command.share * endOf(video));
      return;
    case "seekToEnd":
      seekTo(video, endOf(video) - END_MARGIN_S);
      return;
    case "speed":
      setSpeed(video, stepSpeed(video.playbackRate, command.steps));
      return;
    case "volume":
      setVolume(video, video.volume + command.by);
      return;
    case "mute":
      setMuted(video, !video.muted);
  }
}

export function seekTo(video: HTMLVideoElement, position_s: number): void {
  video.currentTime = Math.min(Math.max(0, position_s), endOf(video));
}

export function setSpeed(video: HTMLVideoElement, speed: number): void {
  video.playbackRate = speed;
  keepChoices({ speed });
}

/** Whoever changes the volume wants to hear something. */
export function setVolume(video: HTMLVideoElement, volume: number): void {
  // Ten steps of 0.1 would otherwise not lead to 1.
  video.volume = Math.min(1, Math.max(0, Math.round(volume * 100) / 100));
  video.muted = false;
  keepChoices({ volume: video.volume, isMuted: false });
}

function setMuted(video: HTMLVideoElement, isMuted: boolean): void {
  video.muted = isMuted;
  keepChoices({ isMuted });
}

const endOf = ({ duration }: HTMLVideoElement) => (Number.isFinite(duration) ? duration : 0);
