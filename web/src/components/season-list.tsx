import { useState } from "preact/hooks";
import { CARD_PREVIEW_DELAY_MS } from "../limits";
import { useStay } from "../navigation/stay";
import type { TitleChanges } from "../store/title-changes";
import { watchedOf } from "../store/watched";
import { formatDuration } from "../text/time";
import { widePicture } from "../text/title-pictures";
import { seasonName } from "../text/title-words";
import { t, tn } from "../text/words";
import type { Season, TitleItem, TitleWithPlot } from "../types";
import { CardPreview } from "./card-preview";
import { Icon } from "./icon";
import { PosterArt } from "./poster-art";
import { ProgressBar } from "./progress-bar";
import "./mark-button.css";
import "./season-list.css";

interface Props {
  seasons: Season[];
  /** Where the viewer goes on: its season is shown first. */
  next: TitleItem | null;
  changes: TitleChanges;
}

export function SeasonList({ seasons, next, changes }: Props) {
  const [chosen, setChosen] = useState(next?.season_number ?? seasons[0]?.number);
  const season = seasons.find(({ number }) => number === chosen) ?? seasons[0];
  if (season === undefined) return null;
  const listed = season.episodes.length;
  const watched = watchedOf(season.episodes);
  return (
    <section class="season-list" aria-labelledby="episodes">
      <div class="page-bar">
        <h2 id="episodes">{t("Episodes")}</h2>
        {seasons.length === 1 ? (
          <span class="muted">{seasonName(season)}</span>
        ) : (
          <label>
            <span class="visually-hidden">{t("Season")}</span>
            <select
              class="select"
              value={String(season.number)}
              onChange={(event) => setChosen(Number(event.currentTarget.value))}
            >
              {seasons.map((each) => (
                <option key={each.number} value={String(each.number)}>
                  {seasonName(each)}
                </option>
              ))}
            </select>
          </label>
        )}
        <div class="season-list-watched">
          <span class="muted">{watchedWords(watched, listed)}</span>
          <button
            type="button"
            class="button"
            onClick={() => changes.setWatched(watched < listed, season.number)}
          >
            <Icon name="check" />
            {watched < listed ? t("Mark season as watched") : t("Mark season as not watched")}
          </button>
        </div>
      </div>
      <ol class="episodes">
        {season.episodes.map((episode) => (
          <li key={episode.id}>
            <Episode episode={episode} changes={changes} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function watchedWords(watched: number, listed: number): string {
  if (watched === 0) return tn(listed, "{count} episode", "{count} episodes");
  return tn(listed, "{watched} of {count} episode watched", "{watched} of {count} episodes watched", {
    watched,
  });
}

/** The picture plays the episode; its name leads to its page. */
function Episode({ episode, changes }: { episode: TitleWithPlot; changes: TitleChanges }) {
  const { isStaying, listeners } = useStay(CARD_PREVIEW_DELAY_MS);
  const id = encodeURIComponent(episode.id);
  const number = episode.episode_number;
  const isWatched = episode.progress?.watched === true;
  const { name } = episode;
  const mark = isWatched ? t("Mark {name} as not watched", { name }) : t("Mark {name} as watched", { name });
  return (
    <article class="episode">
      <a class="episode-art" href={`/watch/${id}`} aria-label={t("Play {name}", { name })} {...listeners}>
        <PosterArt name={episode.name} picture={widePicture(episode)} shape="wide" />
        {isStaying && <CardPreview title={episode} />}
        {episode.progress !== null && !isWatched && <ProgressBar progress={episode.progress} isOnPicture />}
      </a>
      <div class="episode-words">
        <h3>
          <a href={`/title/${id}`}>
            {number !== null && <span class="episode-number">{number}</span>}
            {episode.name}
          </a>
        </h3>
        <p class="muted episode-facts">
          {[
            episode.duration_ms === null ? null : formatDuration(episode.duration_ms),
            episode.is_available ? null : t("not available now"),
          ]
            .filter((fact) => fact !== null)
            .join(" · ")}
        </p>
        {episode.plot !== null && <p class="episode-plot">{episode.plot}</p>}
      </div>
      <button
        type="button"
        class={isWatched ? "mark-button mark-button-small is-on" : "mark-button mark-button-small"}
        aria-label={mark}
        title={mark}
        onClick={() => changes.setEpisodeWatched(episode.id, !isWatched)}
      >
        <Icon name="check" />
      </button>
    </article>
  );
}
