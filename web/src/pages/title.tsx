import { fetchTitle } from "../api";
import { Backdrop } from "../components/backdrop";
import { ChapterRow } from "../components/chapter-row";
import { Credits } from "../components/credits";
import { FileCard } from "../components/file-card";
import { LoadFailure } from "../components/load-failure";
import { PosterArt } from "../components/poster-art";
import { SeasonList } from "../components/season-list";
import { HeroSkeleton, LinesSkeleton } from "../components/skeletons";
import { TitleActions } from "../components/title-actions";
import { TitleFacts } from "../components/title-facts";
import { TitleName } from "../components/title-name";
import { TitleRow } from "../components/title-row";
import { usePageTitle } from "../navigation/page-title";
import { useResource } from "../store/resource";
import { type TitleChanges, titleChanges } from "../store/title-changes";
import { backdropPicture, uprightPicture } from "../text/title-pictures";
import { t, tn } from "../text/words";
import type { TitleDetail } from "../types";
import { NotFoundPage } from "./not-found";
import "./title.css";

export function TitlePage({ params }: { params: { id: string } }) {
  const { resource, retry, amend } = useResource(`title ${params.id}`, (signal) =>
    fetchTitle(params.id, signal),
  );
  usePageTitle(resource.state === "ready" ? resource.value.name : t("Title"));

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
        <h1 class="visually-hidden">{t("Title")}</h1>
        <LoadFailure message={resource.message} onRetry={retry} />
      </div>
    );
  }
  const title = resource.value;
  return (
    <TitleView key={title.id} title={title} changes={titleChanges(title, amend, retry)} onCollected={retry} />
  );
}

interface Props {
  title: TitleDetail;
  changes: TitleChanges;
  onCollected: () => void;
}

function TitleView({ title, changes, onCollected }: Props) {
  const next = title.next_episode;
  const chaptered = title.file_details.find(({ chapters }) => chapters.length > 1);
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
          <TitleActions title={title} changes={changes} onCollected={onCollected} />
          {title.tagline !== null && <p class="title-page-tagline">{title.tagline}</p>}
          {title.plot !== null && <p class="title-page-plot">{title.plot}</p>}
          <WaysOn
            name={t("Genres")}
            ways={title.genres.map((genre) => ({
              href: `/genre/${encodeURIComponent(genre)}`,
              words: genre,
            }))}
          />
          <WaysOn
            name={t("Collections")}
            ways={title.collections.map(({ id, name }) => ({
              href: `/collection/${encodeURIComponent(id)}`,
              words: name,
            }))}
          />
        </div>
      </header>
      {title.seasons.length > 0 && <SeasonList seasons={title.seasons} next={next} changes={changes} />}
      {chaptered !== undefined && title.is_available && <ChapterRow titleId={title.id} file={chaptered} />}
      <Credits title={title} />
      {title.kind === "episode" && next !== null && (
        <TitleRow id="next" name={t("Next episode")} items={[next]} shape="wide" />
      )}
      {title.extras.length > 0 && (
        <TitleRow id="extras" name={t("Extras")} items={title.extras} shape="wide" />
      )}
      {title.files.length > 0 && (
        <section class="title-page-section" aria-labelledby="files">
          <h2 id="files">{tn(title.files.length, "File", "Files")}</h2>
          {title.files.map((file) => (
            <FileCard
              key={file.id}
              file={file}
              detail={title.file_details.find(({ id }) => id === file.id) ?? null}
            />
          ))}
        </section>
      )}
    </article>
  );
}

interface WaysProps {
  name: string;
  ways: { href: string; words: string }[];
}

/** Pages of what this title belongs to. */
function WaysOn({ name, ways }: WaysProps) {
  if (ways.length === 0) return null;
  return (
    <ul class="chips" aria-label={name}>
      {ways.map(({ href, words }) => (
        <li key={href}>
          <a class="chip" href={href}>
            {words}
          </a>
        </li>
      ))}
    </ul>
  );
}
