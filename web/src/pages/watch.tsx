import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { fetchTitle } from "../api";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { NextEpisode } from "../components/next-episode";
import { StreamAddress } from "../components/stream-address";
import { RESUME_MARGIN_MS } from "../limits";
import { usePageTitle } from "../navigation/page-title";
import { canPlayHere } from "../player/can-play-here";
import { useIdle } from "../player/idle";
import { type PlayerCommand, playerCommand } from "../player/keyboard";
import { mediaErrorWords } from "../player/media-error";
import { lengthOf, placeOf, type Version, versionsOf } from "../player/parts";
import { VideoPlayer } from "../player/video-player";
import { useResource } from "../store/resource";
import { cardName, episodeCode } from "../text/title-words";
import type { TitleDetail } from "../types";
import { NotFoundPage } from "./not-found";
import "./watch.css";

export function WatchPage({ params }: { params: { id: string } }) {
  const { query } = useLocation();
  // The position must be the server's newest, so the answer is not one that is remembered.
  const key = `watch ${params.id} ${query.file ?? ""} ${query.at ?? ""}`;
  return <Watch key={key} id={params.id} query={query} />;
}

interface Props {
  id: string;
  /** `file` chooses a version, `at` a position in it in milliseconds. */
  query: Record<string, string>;
}

function Watch({ id, query }: Props) {
  const { resource, retry } = useResource(`watch ${id} ${useState(Date.now)[0]}`, (signal) =>
    fetchTitle(id, signal),
  );
  usePageTitle(resource.state === "ready" ? resource.value.name : "Watch");
  if (resource.state === "loading") {
    return (
      <div class="watch">
        <p class="watch-loading" role="status">
          Loading
        </p>
      </div>
    );
  }
  if (resource.state === "failed") {
    if (resource.httpStatus === 404) return <NotFoundPage />;
    return (
      <div class="page">
        <h1 class="visually-hidden">Watch</h1>
        <LoadFailure message={resource.message} onRetry={retry} />
      </div>
    );
  }
  const title = resource.value;
  const versions = versionsOf(title.files);
  const version = versions.find((files) => files.some((file) => file.id === query.file)) ?? versions[0];
  if (version === undefined) {
    return title.next_episode === null ? <NotFoundPage /> : <GoOn to={title.next_episode.id} />;
  }
  return <WatchTitle title={title} version={version} start_ms={startOf(title, version, query)} />;
}

/** A series is watched by its episode that comes next. */
function GoOn({ to }: { to: string }) {
  const { route } = useLocation();
  useEffect(() => route(`/watch/${encodeURIComponent(to)}`, true), [to, route]);
  return null;
}

/** Where to begin: the position in the address, else where the viewer stopped, else the beginning. */
function startOf(title: TitleDetail, version: Version, query: Record<string, string>): number {
  if (query.at !== undefined) {
    const at_ms = Number(query.at);
    const chosen = version.findIndex((file) => file.id === query.file);
    const before = version
      .slice(0, Math.max(0, chosen))
      .reduce((sum_ms, file) => sum_ms + (file.duration_ms ?? 0), 0);
    return Number.isFinite(at_ms) ? before + Math.max(0, at_ms) : 0;
  }
  const { progress } = title;
  if (progress === null || progress.watched) return 0;
  return progress.position_ms < progress.duration_ms - RESUME_MARGIN_MS ? progress.position_ms : 0;
}

/** What answers to space and arrows itself. The time line does not: they mean there what they mean everywhere. */
const CONTROLS = 'a, button, video, select, input:not([type="range"]), summary';

interface TitleProps {
  title: TitleDetail;
  version: Version;
  start_ms: number;
}

function WatchTitle({ title, version, start_ms }: TitleProps) {
  const { route } = useLocation();
  const stage = useRef<HTMLDivElement>(null);
  const isIdle = useIdle(stage);
  const [position_ms, setPosition] = useState(start_ms);
  const [failure, setFailure] = useState<string | null>(null);
  const [isTrying, setTrying] = useState(false);
  const [hasEnded, setEnded] = useState(false);
  const place = placeOf(version, position_ms);
  const playability = canPlayHere(place.file);
  const titlePath = `/title/${encodeURIComponent(title.id)}`;
  const backPath = title.series === null ? titlePath : `/title/${encodeURIComponent(title.series.id)}`;

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const control = document.activeElement?.closest(CONTROLS);
      const command = playerCommand(event, control != null);
      if (command === null) return;
      event.preventDefault();
      obey(command, stage.current, () => route(backPath));
    };
    // Before the arrow keys that move the focus on other pages.
    addEventListener("keydown", onKeyDown, { capture: true });
    return () => removeEventListener("keydown", onKeyDown, { capture: true });
  }, [backPath, route]);

  const goOn = () => {
    const next_ms = version
      .slice(0, place.index + 1)
      .reduce((sum_ms, file) => sum_ms + (file.duration_ms ?? 0), 0);
    if (place.index < version.length - 1) setPosition(next_ms);
    else setEnded(true);
  };

  const canShow = failure === null && (playability.verdict !== "cannot" || isTrying);
  return (
    <div class={isIdle ? "watch is-idle" : "watch"} ref={stage}>
      <div class="watch-bar">
        <a class="watch-back" href={backPath} aria-label="Back">
          <Icon name="back" />
        </a>
        <div>
          <h1>{cardName(title)}</h1>
          {title.series !== null && (
            <p>
              {episodeCode(title)} · {title.name}
            </p>
          )}
          {version.length > 1 && (
            <p>
              Part {place.index + 1} of {version.length}
            </p>
          )}
        </div>
      </div>
      {canShow ? (
        <VideoPlayer
          key={place.file.id}
          titleId={title.id}
          name={title.name}
          place={place}
          total_ms={lengthOf(version)}
          subtitles={title.file_details.find(({ id }) => id === place.file.id)?.subtitles ?? []}
          onEnded={goOn}
          onFullscreen={() => toggleFullscreen(stage.current)}
          onFailed={(code) => setFailure(mediaErrorWords(code))}
        />
      ) : (
        <MessagePanel icon="warning" title="This does not play here" isAlert>
          <p>{failure ?? (playability.verdict === "plays" ? "" : playability.reason)}</p>
          <p>Other players, such as VLC or mpv, can open the stream by its address:</p>
          <StreamAddress url={place.file.url} />
          <div class="actions">
            <button
              type="button"
              class="button button-main"
              onClick={() => {
                setFailure(null);
                setTrying(true);
              }}
            >
              {failure === null ? "Try all the same" : "Try again"}
            </button>
            <a class="button" href={titlePath}>
              About this title
            </a>
          </div>
        </MessagePanel>
      )}
      {hasEnded && (
        <NextEpisode next={title.next_episode} backPath={backPath} onStay={() => setEnded(false)} />
      )}
    </div>
  );
}

function obey(command: PlayerCommand, stage: HTMLElement | null, leave: () => void) {
  const video = stage?.querySelector("video");
  switch (command.do) {
    case "leave":
      if (document.fullscreenElement !== null) void document.exitFullscreen();
      else leave();
      return;
    case "fullscreen":
      toggleFullscreen(stage);
      return;
  }
  if (video == null) return;
  switch (command.do) {
    case "toggle":
      if (video.paused) video.play().catch(() => undefined);
      else video.pause();
      return;
    case "seek": {
      const end_s = Number.isFinite(video.duration) ? video.duration : 0;
      video.currentTime = Math.min(Math.max(0, video.currentTime + command.by_s), end_s);
      return;
    }
    case "volume":
      video.volume = Math.min(1, Math.max(0, video.volume + command.by));
      return;
    case "mute":
      video.muted = !video.muted;
  }
}

/** All of the stage, so that what lies over the video is there too. */
function toggleFullscreen(stage: HTMLElement | null) {
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  // Refused where no gesture led here; the button remains.
  else stage?.requestFullscreen().catch(() => undefined);
}
