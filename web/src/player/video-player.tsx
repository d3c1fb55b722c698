import type { RefObject, TargetedMouseEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { storeProgress } from "../api";
import { SEEK_MARK_STAY_MS } from "../limits";
import { keepChoices, readChoices } from "../store/choices";
import { widePicture, withWidth } from "../text/title-pictures";
import type { TitleDetail } from "../types";
import { type CaptionStyle, captionClasses, captionStyleOf } from "./caption-style";
import { skippableAt } from "./chapters";
import { commandMedia, seekTo, setSpeed, setVolume } from "./command-media";
import { ControlBar } from "./control-bar";
import { toggleFullscreen } from "./fullscreen-button";
import type { PlayerCommand } from "./keyboard";
import { KeyboardDialog } from "./keyboard-dialog";
import { FACT_EVENTS, factsOf, type MediaFacts } from "./media-facts";
import type { Place } from "./parts";
import { togglePictureInPicture } from "./picture-in-picture-button";
import { ProgressReporter } from "./progress-reporter";
import { SeekMark } from "./seek-mark";
import { SkipButton } from "./skip-button";
import { StatsOverlay } from "./stats-overlay";
import { SubtitleTracks } from "./subtitle-tracks";
import { sideOf, Taps } from "./taps";
import { useCaptions } from "./use-captions";
import { useMediaSession } from "./use-media-session";
import { usePlayerKeys } from "./use-player-keys";
import { useStyledCaptions } from "./use-styled-captions";
import { WaitingMark } from "./waiting-mark";
import "./captions.css";
import "./video-player.css";

/** Where in the film the viewer is, as far as it matters for what comes next. */
export type Phase = "film" | "credits" | "creditsPaused" | "ended";

interface Props {
  title: TitleDetail;
  place: Place;
  /** What all parts of the version last together. */
  total_ms: number;
  /** What fills the screen: the player and what the page lays over it. */
  stage: RefObject<HTMLElement | null>;
  /** A finger on the picture. */
  onTap: () => void;
  onPhase: (phase: Phase) => void;
  /** Null where nothing comes next. */
  onNext: (() => void) | null;
  onLeave: () => void;
  /** The code of the `MediaError`. */
  onFailed: (code: number) => void;
}

const ARTWORK_WIDTH = 640;

const TAP_SEEK_S = 10;

/**
 * One file under controls of ours, begun where the viewer left it. What the player reports (not what was asked of
 * it) is shown and goes to the server.
 */
export function VideoPlayer({
  title,
  place,
  total_ms,
  stage,
  onTap,
  onPhase,
  onNext,
  onLeave,
  onFailed,
}: Props) {
  const element = useRef<HTMLVideoElement>(null);
  const captionLayer = useRef<HTMLDivElement>(null);
  const { file, offset_ms, inside_ms } = place;
  const detail = title.file_details.find(({ id }) => id === file.id);
  const chapters = detail?.chapters ?? [];
  const known_s = (file.duration_ms ?? 0) / 1000;
  const [facts, setFacts] = useState<MediaFacts>(() => ({
    position_s: inside_ms / 1000,
    duration_s: known_s,
    buffered: [],
    isPaused: true,
    hasEnded: false,
    isWaiting: true,
    ...readChoices(),
  }));
  const [hasMetadata, setMetadata] = useState(false);
  const [seeks, setSeeks] = useState(0);
  const [captionStyle, setCaptionStyle] = useState<CaptionStyle>(() => captionStyleOf(readChoices()));
  const [areStatsShown, setStatsShown] = useState(false);
  const [areKeysShown, setKeysShown] = useState(false);
  const [tapSeek_s, setTapSeek] = useState(0);
  const taps = useRef(new Taps());
  const pointerType = useRef("mouse");
  const isClosingMenu = useRef(false);
  const captions = useCaptions(element);
  const areCaptionsDrawn = useStyledCaptions(
    element,
    captionLayer,
    detail?.subtitles ?? [],
    captions.list.find(({ isShown }) => isShown),
    hasMetadata,
  );

  // One player shows one file of one title. Before the browser goes on: of a file in its cache it tells the
  // metadata at once, and who listens later starts at 0 instead of where the viewer was.
  useLayoutEffect(() => {
    const video = element.current;
    if (video === null) return;
    const { volume, isMuted, speed } = readChoices();
    video.volume = volume;
    video.muted = isMuted;
    // Loading sets the speed back to the default.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
    const reporter = new ProgressReporter(async (report, keepalive) => {
      const { status } = await storeProgress(title.id, report, keepalive);
      return status === "success";
    });
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
        setMetadata(true);
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
      seeking: () => {
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
      },
      error: () => onFailed(video.error?.code ?? 4),
    };
    for (const [event, listener] of Object.entries(listeners)) video.addEventListener(event, listener);
    for (const event of FACT_EVENTS) video.addEventListener(event, show);
    const leave = () => {
      observe();
      reporter.leave();
    };
    addEventListener("pagehide", leave);
    return () => {
      leave();
      removeEventListener("pagehide", leave);
      for (const [event, listener] of Object.entries(listeners)) video.removeEventListener(event, listener);
      for (const event of FACT_EVENTS) video.removeEventListener(event, show);
      // Without this the browser keeps fetching the file of a player nobody sees.
      video.removeAttribute("src");
      video.load();
    };
  }, []);

  const skippable = skippableAt(chapters, facts.position_s * 1000);
  const skipTo_ms = skippable?.to_ms ?? null;
  const phase = phaseOf(facts, skippable?.part === "credits" && skipTo_ms === null);
  // The page does not care when it is told, but what.
  useEffect(() => onPhase(phase), [phase]);

  useEffect(() => {
    if (tapSeek_s === 0) return;
    const timer = setTimeout(() => setTapSeek(0), SEEK_MARK_STAY_MS);
    return () => clearTimeout(timer);
  }, [tapSeek_s]);

  useMediaSession(
    element,
    { title: title.name, artist: title.series?.name ?? "", artworkUrl: artworkOf(title) },
    facts,
    onNext,
  );

  const seek = (position_s: number) => {
    if (element.current !== null) seekTo(element.current, position_s);
  };
  const obey = (command: PlayerCommand) => {
    const video = element.current;
    if (video === null) return;
    switch (command.do) {
      case "fullscreen":
        return toggleFullscreen(stage.current, video);
      case "pictureInPicture":
        return togglePictureInPicture(video);
      case "captions":
        return captions.toggle();
      case "stats":
        return setStatsShown((isShown) => !isShown);
      case "keys":
        return setKeysShown((isShown) => !isShown);
      case "next":
        return onNext?.();
      case "controls":
        return stage.current?.querySelector<HTMLElement>(".play-button")?.focus();
      case "leave":
        return leaveStep(onLeave);
      default:
        return commandMedia(video, command);
    }
  };
  usePlayerKeys(obey);

  const onPress = (event: TargetedMouseEvent<HTMLVideoElement>) => {
    // A press beside an open menu is meant for it.
    if (isClosingMenu.current) return;
    if (pointerType.current === "mouse") return obey({ do: "toggle" });
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const side = sideOf((event.clientX - left) / width);
    const count = taps.current.tap(event.timeStamp, side);
    if (count === 1) return onTap();
    const by_s = side === "left" ? -TAP_SEEK_S : TAP_SEEK_S;
    obey({ do: "seek", by_s });
    setTapSeek(by_s * (count - 1));
  };

  return (
    <div class="player">
      {/* biome-ignore lint/a11y/useMediaCaption: the tracks are those that lie beside the file. */}
      <video
        ref={element}
        class={`video-player ${areCaptionsDrawn ? "captions-drawn" : captionClasses(captionStyle)}`}
        src={file.url}
        playsInline
        preload="auto"
        aria-label={title.name}
        onPointerDown={(event) => {
          pointerType.current = event.pointerType;
          isClosingMenu.current = stage.current?.querySelector(".control-menu-panel") != null;
        }}
        onClick={onPress}
        onDblClick={() => {
          if (pointerType.current === "mouse") obey({ do: "fullscreen" });
        }}
      >
        <SubtitleTracks subtitles={detail?.subtitles ?? []} />
      </video>
      <div ref={captionLayer} class="caption-layer" />
      <WaitingMark isWaiting={facts.isWaiting} />
      {tapSeek_s !== 0 && <SeekMark by_s={tapSeek_s} />}
      {areStatsShown && <StatsOverlay video={element} file={file} />}
      {skippable !== null && skipTo_ms !== null && (
        <SkipButton part={skippable.part} onPress={() => seek(skipTo_ms / 1000)} />
      )}
      <ControlBar
        video={element}
        fileId={file.id}
        facts={facts}
        chapters={chapters}
        seeks={seeks}
        captions={captions}
        captionStyle={captionStyle}
        hasNext={onNext !== null}
        areStatsShown={areStatsShown}
        onCommand={obey}
        onSeek={seek}
        onSpeed={(speed) => element.current !== null && setSpeed(element.current, speed)}
        onVolume={(volume) => element.current !== null && setVolume(element.current, volume)}
        onCaptionStyle={(style) => {
          setCaptionStyle(style);
          keepChoices(style);
        }}
      />
      {areKeysShown && <KeyboardDialog onClose={() => setKeysShown(false)} />}
    </div>
  );
}

function phaseOf({ hasEnded, isPaused }: MediaFacts, isInLastCredits: boolean): Phase {
  if (hasEnded) return "ended";
  if (!isInLastCredits) return "film";
  return isPaused ? "creditsPaused" : "credits";
}

function artworkOf(title: TitleDetail): string | null {
  const picture = widePicture(title);
  return picture === null ? null : withWidth(picture.url, ARTWORK_WIDTH);
}

/** One step back: from the full screen, from the buttons (where a remote control has no other way), from the film. */
function leaveStep(leave: () => void): void {
  const focused = document.activeElement;
  if (document.fullscreenElement != null) void document.exitFullscreen();
  else if (focused instanceof HTMLElement && focused.matches(".player-controls :focus-visible"))
    focused.blur();
  else leave();
}
