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
import { mediaErrorWords } from "../player/media-error";
import { lengthOf, placeOf, type Version, versionsOf } from "../player/parts";
import { usePlayerKeys } from "../player/use-player-keys";
import { type Phase, VideoPlayer } from "../player/video-player";
import { useResource } from "../store/resource";
import { cardName, episodeCode } from "../text/title-words";
import { t } from "../text/words";
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
  usePageTitle(resource.state === "ready" ? resource.value.name : t("Watch"));
  if (resource.state === "loading") {
    return (
      <div class="watch">
        <p class="watch-loading" role="status">
          {t("Loading")}
        </p>
      </div>
    );
  }
  if (resource.state === "failed") {
    if (resource.httpStatus === 404) return <NotFoundPage />;
    return (
      <div class="page">
        <h1 class="visually-hidden">{t("Watch")}</h1>
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

interface TitleProps {
  title: TitleDetail;
  version: Version;
  start_ms: number;
}

function WatchTitle({ title, version, start_ms }: TitleProps) {
  const { route } = useLocation();
  const stage = useRef<HTMLDivElement>(null);
  const { isIdle, toggle } = useIdle(stage);
  const [position_ms, setPosition] = useState(start_ms);
  const [failure, setFailure] = useState<string | null>(null);
  const [isTrying, setTrying] = useState(false);
  const [phase, setPhase] = useState<Phase>("film");
  const [declined, setDeclined] = useState<Phase | null>(null);
  const place = placeOf(version, position_ms);
  const isLastPart = place.index === version.length - 1;
  const playability = canPlayHere(place.file);
  const titlePath = `/title/${encodeURIComponent(title.id)}`;
  const backPath = title.series === null ? titlePath : `/title/${encodeURIComponent(title.series.id)}`;
  const next = title.next_episode;
  const goToNext = next === null ? null : () => route(`/watch/${encodeURIComponent(next.id)}`, true);

  const onPhase = (phase: Phase) => {
    if (isLastPart) {
      setPhase(phase);
      if (phase === "film") setDeclined(null);
    } else if (phase === "ended") {
      const next_ms = version
        .slice(0, place.index + 1)
        .reduce((sum_ms, file) => sum_ms + (file.duration_ms ?? 0), 0);
      setPosition(next_ms);
    }
  };
  const isNextOffered = phase === "ended" || (phase === "credits" && next !== null);

  const canShow = failure === null && (playability.verdict !== "cannot" || isTrying);
  const leave = () => route(backPath);
  // The player, where there is one, has all keys.
  usePlayerKeys(canShow ? null : (command) => command.do === "leave" && leave());
  return (
    <div class={isIdle ? "watch is-idle" : "watch"} ref={stage}>
      <div class="watch-bar">
        <a class="watch-back" href={backPath} aria-label={t("Back")}>
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
            <p>{t("Part {part} of {parts}", { part: place.index + 1, parts: version.length })}</p>
          )}
        </div>
      </div>
      {canShow ? (
        <VideoPlayer
          key={place.file.id}
          title={title}
          place={place}
          total_ms={lengthOf(version)}
          stage={stage}
          onTap={toggle}
          onPhase={onPhase}
          onNext={goToNext}
          onLeave={leave}
          onFailed={(code) => setFailure(mediaErrorWords(code))}
        />
      ) : (
        <MessagePanel icon="warning" title={t("This does not play here")} isAlert>
          <p>{failure ?? (playability.verdict === "plays" ? "" : playability.reason)}</p>
          <p>{t("Other players, such as VLC or mpv, can open the stream by its address:")}</p>
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
              {failure === null ? t("Try all the same") : t("Try again")}
            </button>
            <a class="button" href={titlePath}>
              {t("About this title")}
            </a>
          </div>
        </MessagePanel>
      )}
      {canShow && isNextOffered && declined !== phase && (
        <NextEpisode next={next} backPath={backPath} onStay={() => setDeclined(phase)} />
      )}
    </div>
  );
}
