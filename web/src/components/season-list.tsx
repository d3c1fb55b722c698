import { useState } from "preact/hooks";
import { CARD_PREVIEW_DELAY_MS } from "../limits";
import { useStay } from "../navigation/stay";
import { formatDuration } from "../text/time";
import { widePicture } from "../text/title-pictures";
import type { Season, TitleItem, TitleWithPlot } from "../types";
import { CardPreview } from "./card-preview";
import { PosterArt } from "./poster-art";
import { ProgressBar } from "./progress-bar";
import "./season-list.css";

interface Props {
  seasons: Season[];
  /** Where the viewer goes on: its season is shown first. */
  next: TitleItem | null;
}

export function SeasonList({ seasons, next }: Props) {
  const [chosen, setChosen] = useState(next?.season_number ?? seasons[0]?.number);
  const season = seasons.find(({ number }) => number === chosen) ?? seasons[0];
  if (season === undefined) return null;
  return (
    <section class="season-list" aria-labelledby="episodes">
      <div class="page-bar">
        <h2 id="episodes">Episodes</h2>
        {seasons.length === 1 ? (
          <span class="muted">{season.name}</span>
        ) : (
          <label>
            <span class="visually-hidden">Season</span>
            <select
              class="select"
              value={String(season.number)}
              onChange={(event) => setChosen(Number(event.currentTarget.value))}
            >
              {seasons.map((each) => (
                <option key={each.number} value={String(each.number)}>
                  {each.name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <ol class="episodes">
        {season.episodes.map((episode) => (
          <li key={episode.id}>
            <Episode episode={episode} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The picture plays the episode; its name leads to its page. */
function Episode({ episode }: { episode: TitleWithPlot }) {
  const { isStaying, listeners } = useStay(CARD_PREVIEW_DELAY_MS);
  const id = encodeURIComponent(episode.id);
  const number = episode.episode_number;
  return (
    <article class="episode">
      <a class="episode-art" href={`/watch/${id}`} aria-label={`Play ${episode.name}`} {...listeners}>
        <PosterArt name={episode.name} picture={widePicture(episode)} shape="wide" />
        {isStaying && <CardPreview title={episode} />}
        {episode.progress !== null && <ProgressBar progress={episode.progress} />}
      </a>
      <div class="episode-words">
        <h3>
          <a href={`/title/${id}`}>
            {number !== null && <span class="episode-number">{number}</span>}
            {episode.name}
          </a>
        </h3>
        <p class="muted episode-facts">
          {episode.duration_ms !== null && formatDuration(episode.duration_ms)}
          {!episode.is_available && " · not available now"}
        </p>
        {episode.plot !== null && <p class="episode-plot">{episode.plot}</p>}
      </div>
    </article>
  );
}
