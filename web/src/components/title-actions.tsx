import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { canPlayHere } from "../player/can-play-here";
import { lengthOf, type Version, versionsOf } from "../player/parts";
import type { TitleChanges } from "../store/title-changes";
import { isWatched } from "../store/watched";
import { formatPosition } from "../text/time";
import { episodeCode, versionWords } from "../text/title-words";
import { t } from "../text/words";
import type { TitleDetail, TitleItem } from "../types";
import { CollectionDialog } from "./collection-dialog";
import { Icon } from "./icon";
import { MarkButton } from "./mark-button";
import { ProgressBar } from "./progress-bar";
import "./title-actions.css";

interface Props {
  title: TitleDetail;
  changes: TitleChanges;
  /** Something about its collections is another now. */
  onCollected: () => void;
}

/** What can be done with a title: play it in one of its versions, and mark it. */
export function TitleActions({ title, changes, onCollected }: Props) {
  const [isCollecting, setCollecting] = useState(false);
  const watched = isWatched(title);
  const canBeMarked = title.kind === "film" || title.kind === "series" || title.kind === "episode";
  return (
    <div class="title-actions">
      <WatchActions title={title}>
        {canBeMarked && (
          <div class="title-actions-marks">
            <MarkButton
              icon={title.is_favourite ? "heartFilled" : "heart"}
              words={{ off: t("Add to favourites"), on: t("Remove from favourites") }}
              isOn={title.is_favourite}
              onPress={() => changes.setFavourite(!title.is_favourite)}
            />
            <MarkButton
              icon="check"
              words={{ off: t("Mark as watched"), on: t("Mark as not watched") }}
              isOn={watched}
              onPress={() => changes.setWatched(!watched, null)}
            />
            <button
              type="button"
              class="mark-button"
              aria-label={t("Add to a collection")}
              title={t("Add to a collection")}
              onClick={() => setCollecting(true)}
            >
              <Icon name="plus" />
            </button>
          </div>
        )}
      </WatchActions>
      {isCollecting && (
        <CollectionDialog title={title} onChange={onCollected} onClose={() => setCollecting(false)} />
      )}
    </div>
  );
}

interface WatchProps {
  title: TitleDetail;
  children: ComponentChildren;
}

/** Play, resume, start over: of the title itself, or of the episode where a series goes on. */
function WatchActions({ title, children }: WatchProps) {
  const target: TitleItem | null = title.files.length > 0 ? title : title.next_episode;
  const versions = target === null ? [] : versionsOf(target.files);
  const [chosenId, setChosen] = useState<string | null>(null);
  const version =
    versions.find(([first]) => first.id === chosenId) ?? versions.find(playsHere) ?? versions[0];
  if (!title.is_available) {
    return (
      <>
        <p class="title-page-away">
          <Icon name="warning" />
          {t(
            "The folder that holds this title is not mounted now. It comes back by itself when the folder does.",
          )}
        </p>
        <div class="actions">{children}</div>
      </>
    );
  }
  if (target === null || version === undefined) return <div class="actions">{children}</div>;
  const { progress } = target;
  const isResuming = progress !== null && !progress.watched && progress.position_ms > 0;
  const code = target === title ? "" : episodeCode(target);
  return (
    <>
      <div class="actions">
        <a class="button button-main" href={watchPath(target, version, versions, null)}>
          <Icon name="play" />
          {isResuming ? resumeWords(code, progress.position_ms) : playWords(code)}
        </a>
        {isResuming && (
          <a class="button" href={watchPath(target, version, versions, 0)}>
            <Icon name="restart" />
            {t("Start over")}
          </a>
        )}
        {children}
      </div>
      {versions.length > 1 && (
        <label class="title-actions-version">
          <span>{t("Version")}</span>
          <select
            class="select"
            value={version[0].id}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {versions.map((each) => (
              <option key={each[0].id} value={each[0].id}>
                {versionWords(each[0], lengthOf(each))}
              </option>
            ))}
          </select>
        </label>
      )}
      <PlayabilityWords version={version} />
      {progress !== null && !progress.watched && <ProgressBar progress={progress} />}
    </>
  );
}

/** Why the version does not play in this browser, and what does. */
function PlayabilityWords({ version }: { version: Version }) {
  const playability = version.map(canPlayHere).find(({ verdict }) => verdict !== "plays");
  if (playability === undefined || playability.verdict === "plays") return null;
  return (
    <p class="title-actions-verdict">
      <Icon name="info" />
      <span>
        {playability.reason} <a href="#files">{t("Open it in another player")}</a>
      </span>
    </p>
  );
}

const playsHere = (version: Version) => version.every((file) => canPlayHere(file).verdict === "plays");

const playWords = (code: string) => (code === "" ? t("Play") : t("Play {name}", { name: code }));

function resumeWords(episode: string, position_ms: number): string {
  const position = formatPosition(position_ms);
  return episode === ""
    ? t("Resume at {position}", { position })
    : t("Resume {episode} at {position}", { episode, position });
}

/** The version is told where it is not the one that is played anyway. */
function watchPath({ id }: TitleItem, version: Version, versions: Version[], at_ms: number | null): string {
  const parameters = new URLSearchParams();
  if (version !== versions[0]) parameters.set("file", version[0].id);
  if (at_ms !== null) parameters.set("at", String(at_ms));
  const query = parameters.toString();
  const path = `/watch/${encodeURIComponent(id)}`;
  return query === "" ? path : `${path}?${query}`;
}
