import { MessagePanel } from "../components/message-panel";
import { Library } from "../library/library";
import { usePageTitle } from "../navigation/page-title";
import { t } from "../text/words";

export function FilmsPage() {
  usePageTitle(t("Films"));
  return <Library name={t("Films")} about={{ kind: "film" }} empty={<NothingFound />} />;
}

export function SeriesPage() {
  usePageTitle(t("Series"));
  return <Library name={t("Series")} about={{ kind: "series" }} empty={<NothingFound />} />;
}

export function GenrePage({ params }: { params: { name: string } }) {
  usePageTitle(params.name);
  return (
    <Library
      key={params.name}
      name={params.name}
      about={{ kind: "film,series", genre: params.name }}
      empty={<NothingFound />}
    />
  );
}

export function PersonPage({ params }: { params: { name: string } }) {
  usePageTitle(params.name);
  return (
    <Library
      key={params.name}
      name={params.name}
      about={{ kind: "film,series", person: params.name }}
      empty={<NothingFound />}
    />
  );
}

export function FavouritesPage() {
  usePageTitle(t("Favourites"));
  return (
    <Library
      name={t("Favourites")}
      about={{ kind: "film,series,episode", favourite: true }}
      empty={
        <MessagePanel icon="heart" title={t("No favourites yet")}>
          <p>{t("Press the heart on the page of a film or a series, and it is kept here.")}</p>
          <div class="actions">
            <a class="button button-main" href="/films">
              {t("Look at the films")}
            </a>
          </div>
        </MessagePanel>
      }
    />
  );
}

const NothingFound = () => (
  <MessagePanel icon="film" title={t("Nothing here yet")}>
    <p>{t("No title of this kind has been found in your folders so far.")}</p>
    <div class="actions">
      <a class="button button-main" href="/scans">
        {t("Scans and folders")}
      </a>
    </div>
  </MessagePanel>
);
