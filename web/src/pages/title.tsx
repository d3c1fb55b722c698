import { fetchTitle } from "../api";
import { Backdrop } from "../components/backdrop";
import { FileCard } from "../components/file-card";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { PosterArt } from "../components/poster-art";
import { ProgressBar } from "../components/progress-bar";
import { SeasonList } from "../components/season-list";
import { HeroSkeleton, LinesSkeleton } from "../components/skeletons";
import { TitleFacts } from "../components/title-facts";
import { TitleName } from "../components/title-name";
import { TitleRow } from "../components/title-row";
import { usePageTitle } from "../navigation/page-title";
import { useResource } from "../store/resource";
import { formatPosition } from "../text/time";
import { backdropPicture, uprightPicture } from "../text/title-pictures";
import { episodeCode } from "../text/title-words";
import type { Person, TitleDetail, TitleItem } from "../types";
import { NotFoundPage } from "./not-found";
import "./title.css";

export function TitlePage({ params }: { params: { id: string } }) {
  const { resource, retry } = useResource(`title ${params.id}`, (signal) => fetchTitle(params.id, signal));
  usePageTitle(resource.state === "ready" ? resource.value.name : "Title");

  if (resource.state === "loading") {
    return (
      <>
        <HeroSkeleton />
        <div class="page title-page-body">
          <LinesSkeleton lines={5} />
        </div>
      </>
    );
  }
  if (resource.state === "failed") {
    if (resource.httpStatus === 404) return <NotFoundPage />;
    return (
      <div class="page">
        <h1 class="visually-hidden">Title</h1>
        <LoadFailure message={resource.message} onRetry={retry} />
      </div>
    );
  }
  return <TitleView title={resource.value} key={resource.value.id} />;
}

function TitleView({ title }: { title: TitleDetail }) {
  const next = title.next_episode;
  return (
    <article class="title-page">
      <header class="title-page-head">
        <Backdrop picture={backdropPicture(title) ?? (next === null ? null : backdropPicture(next))} />
        <div class="title-page-poster">
          <PosterArt name={title.name} picture={uprightPicture(title)} shape="upright" isEager />
        </div>
        <div class="title-page-words">
          {title.series !== null && (
            <p class="title-page-series">
              <a href={`/title/${encodeURIComponent(title.series.id)}`}>{title.series.name}</a>
            </p>
          )}
          <TitleName title={title} />
          <TitleFacts title={title} contentRating={title.content_rating} rating={title.rating} />
          <WatchActions title={title} />
          {title.tagline !== null && <p class="title-page-tagline">{title.tagline}</p>}
          {title.plot !== null && <p class="title-page-plot">{title.plot}</p>}
          {title.genres.length > 0 && (
            <ul class="chips" aria-label="Genres">
              {title.genres.map((genre) => (
                <li key={genre}>
                  <a class="chip" href={`/genre/${encodeURIComponent(genre)}`}>
                    {genre}
                  </a>
                </li>
              ))}
            </ul>
          )}
        </div>
      </header>
      {title.seasons.length > 0 && <SeasonList seasons={title.seasons} next={title.next_episode} />}
      <Credits title={title} />
      {title.kind === "episode" && title.next_episode !== null && (
        <TitleRow id="next" name="Next episode" items={[title.next_episode]} shape="wide" />
      )}
      {title.extras.length > 0 && <TitleRow id="extras" name="Extras" items={title.extras} shape="wide" />}
      {title.files.length > 0 && (
        <section class="title-page-section" aria-labelledby="files">
          <h2 id="files">{title.files.length === 1 ? "File" : "Files"}</h2>
          {title.files.map((file) => (
            <FileCard
              key={file.id}
              titleId={title.id}
              file={file}
              detail={title.file_details.find(({ id }) => id === file.id) ?? null}
            />
          ))}
        </section>
      )}
    </article>
  );
}

/** Play, resume, start over: of the title itself, or of the episode where a series goes on. */
function WatchActions({ title }: { title: TitleDetail }) {
  const target: TitleItem | null = title.files.length > 0 ? title : title.next_episode;
  if (!title.is_available) {
    return (
      <p class="title-page-away">
        <Icon name="warning" />
        The folder that holds this title is not mounted now. It comes back by itself when the folder does.
      </p>
    );
  }
  if (target === null || target.files.length === 0) return null;
  const { progress } = target;
  const isResuming = progress !== null && !progress.watched && progress.position_ms > 0;
  const code = target === title ? "" : ` ${episodeCode(target)}`;
  const path = `/watch/${encodeURIComponent(target.id)}`;
  return (
    <div class="title-page-watch">
      <div class="actions">
        <a class="button button-main" href={path}>
          <Icon name="play" />
          {isResuming ? `Resume${code} at ${formatPosition(progress.position_ms)}` : `Play${code}`}
        </a>
        {isResuming && (
          <a class="button" href={`${path}?at=0`}>
            <Icon name="restart" />
            Start over
          </a>
        )}
      </div>
      {progress !== null && <ProgressBar progress={progress} />}
    </div>
  );
}

function Credits({ title }: { title: TitleDetail }) {
  const of = (kind: Person["kind"]) => title.people.filter((person) => person.kind === kind);
  const names = (people: Person[]) => people.map(({ name }) => name).join(", ");
  const cast = of("actor");
  const facts: [string, string][] = (
    [
      ["Directed by", names(of("director"))],
      ["Written by", names(of("writer"))],
      ["Studio", title.studios.join(", ")],
      ["Collection", title.collection ?? ""],
      ["Original title", title.original_name === title.name ? "" : (title.original_name ?? "")],
      ["Released", title.premiered ?? ""],
    ] satisfies [string, string][]
  ).filter(([, text]) => text !== "");
  if (cast.length === 0 && facts.length === 0) return null;
  return (
    <section class="title-page-section" aria-labelledby="credits">
      <h2 id="credits">Cast and credits</h2>
      {cast.length > 0 && (
        <ul class="cast">
          {cast.map(({ name, role }) => (
            <li key={`${name} ${role}`}>
              <span class="cast-initials" aria-hidden="true">
                {initials(name)}
              </span>
              <span>
                <strong>{name}</strong>
                {role !== "" && <span class="muted">{role}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      <dl class="credits">
        {facts.map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("");
}
