import { fetchHome } from "../api";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { HeroSkeleton, RowsSkeleton } from "../components/skeletons";
import { TitleHero } from "../components/title-hero";
import { TitleRow } from "../components/title-row";
import { usePageTitle } from "../navigation/page-title";
import { canPlayHere } from "../player/can-play-here";
import { useResource } from "../store/resource";
import { useStatus } from "../store/status";
import { rich, t } from "../text/words";
import type { TitleItem } from "../types";
import "./home.css";

export function HomePage() {
  usePageTitle(null);
  const { resource, retry } = useResource("home", fetchHome);

  if (resource.state === "loading") {
    return (
      <>
        <HeroSkeleton />
        <RowsSkeleton rows={3} />
      </>
    );
  }
  if (resource.state === "failed") {
    return (
      <div class="page">
        <h1 class="visually-hidden">{t("Home")}</h1>
        <LoadFailure message={resource.message} onRetry={retry} />
      </div>
    );
  }
  const { featured, rows } = resource.value;
  const hero = featured.find(playsHere) ?? featured[0];
  if (hero === undefined && rows.length === 0) return <EmptyLibrary onLook={retry} />;
  return (
    <div class="home">
      {hero === undefined ? <h1 class="visually-hidden">{t("Home")}</h1> : <TitleHero title={hero} />}
      <div class={hero === undefined ? "home-rows home-rows-only" : "home-rows"}>
        {rows.map(({ id, name, items }, index) => (
          <TitleRow
            key={id}
            id={id}
            name={nameOfRow(id, name)}
            href={hrefOfRow(id)}
            items={items}
            shape={id === "continue" ? "wide" : "upright"}
            isEager={index === 0}
          />
        ))}
      </div>
    </div>
  );
}

/** Whether pressing Play on the large picture leads to a film and not to an explanation. */
const playsHere = ({ kind, files }: TitleItem) =>
  kind === "series" || files.some((file) => canPlayHere(file).verdict === "plays");

/** Genres and collections have their own names; what the server calls the other rows is English. */
function nameOfRow(id: string, name: string): string {
  switch (id) {
    case "continue":
      return t("Continue watching");
    case "favourites":
      return t("Favourites");
    case "recent":
      return t("Recently added");
    case "unwatched":
      return t("Not watched yet");
    case "films":
      return t("Films");
    case "series":
      return t("Series");
    default:
      return name;
  }
}

function hrefOfRow(id: string): string | undefined {
  if (id === "films" || id === "series" || id === "favourites") return `/${id}`;
  if (id === "unwatched") return "/films?watched=unwatched&sort=-added";
  for (const kind of ["genre", "collection"]) {
    if (id.startsWith(`${kind}:`)) return `/${kind}/${encodeURIComponent(id.slice(kind.length + 1))}`;
  }
  return undefined;
}

function EmptyLibrary({ onLook }: { onLook: () => void }) {
  const status = useStatus();
  const isScanning = status !== null && !status.ready;
  return (
    <div class="page">
      <h1 class="visually-hidden">{t("Home")}</h1>
      {isScanning ? (
        <MessagePanel icon="scan" title={t("Looking through your folders")}>
          <p>{t("The first scan is on its way. Films and series appear here as soon as they are found.")}</p>
          <div class="actions">
            <button type="button" class="button button-main" onClick={onLook}>
              {t("Look again")}
            </button>
            <a class="button" href="/scans">
              {t("See the scan")}
            </a>
          </div>
        </MessagePanel>
      ) : (
        <MessagePanel icon="film" title={t("Nothing to watch yet")}>
          <p>
            {rich(
              "Start Spillway with {command}, or put video files into a folder it already knows and scan again.",
              { command: <code>--media /path/to/videos</code> },
            )}
          </p>
          <div class="actions">
            <a class="button button-main" href="/scans">
              {t("Scans and folders")}
            </a>
          </div>
        </MessagePanel>
      )}
    </div>
  );
}
