/** What a title's page shows as soon as something is marked, before the server has said that it is. */
import type { Progress, TitleDetail, TitleWithPlot } from "../types";

/** Of a film or an episode, or of a series: all of it, or one season. */
export function withWatched(title: TitleDetail, isWatched: boolean, season: number | null): TitleDetail {
  if (title.kind !== "series") return { ...title, progress: progressOf(title.duration_ms, isWatched) };
  return withEpisodes(title, (episode) =>
    season === null || episode.season_number === season
      ? { ...episode, progress: progressOf(episode.duration_ms, isWatched) }
      : episode,
  );
}

/** One episode on the page of its series. */
export const withEpisodeWatched = (title: TitleDetail, id: string, isWatched: boolean): TitleDetail =>
  withEpisodes(title, (episode) =>
    episode.id === id ? { ...episode, progress: progressOf(episode.duration_ms, isWatched) } : episode,
  );

export const isWatched = (title: TitleDetail): boolean =>
  title.kind === "series"
    ? title.episodes !== null && title.episodes.listed > 0 && title.episodes.watched === title.episodes.listed
    : title.progress?.watched === true;

export const watchedOf = (episodes: readonly TitleWithPlot[]): number =>
  episodes.filter(({ progress }) => progress?.watched === true).length;

function withEpisodes(title: TitleDetail, change: (episode: TitleWithPlot) => TitleWithPlot): TitleDetail {
  const seasons = title.seasons.map((season) => ({ ...season, episodes: season.episodes.map(change) }));
  const all = seasons.flatMap(({ episodes }) => episodes);
  return { ...title, seasons, episodes: { listed: all.length, watched: watchedOf(all) } };
}

const progressOf = (duration_ms: number | null, isWatched: boolean): Progress | null =>
  isWatched ? { position_ms: 0, duration_ms: duration_ms ?? 0, watched: true, updated_at_ms: 0 } : null;
