import { MessagePanel } from "../components/message-panel";
import { Library } from "../library/library";
import { usePageTitle } from "../navigation/page-title";

export function FilmsPage() {
  usePageTitle("Films");
  return <Library name="Films" about={{ kind: "film" }} empty={<NothingFound />} />;
}

export function SeriesPage() {
  usePageTitle("Series");
  return <Library name="Series" about={{ kind: "series" }} empty={<NothingFound />} />;
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
  usePageTitle("Favourites");
  return (
    <Library
      name="Favourites"
      about={{ kind: "film,series,episode", favourite: true }}
      empty={
        <MessagePanel icon="heart" title="No favourites yet">
          <p>Press the heart on the page of a film or a series, and it is kept here.</p>
          <div class="actions">
            <a class="button button-main" href="/films">
              Look at the films
            </a>
          </div>
        </MessagePanel>
      }
    />
  );
}

const NothingFound = () => (
  <MessagePanel icon="film" title="Nothing here yet">
    <p>No title of this kind has been found in your folders so far.</p>
    <div class="actions">
      <a class="button button-main" href="/scans">
        Scans and folders
      </a>
    </div>
  </MessagePanel>
);
