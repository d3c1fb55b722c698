import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { Sort } from "../api";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { GridSkeleton } from "../components/skeletons";
import { TitleCard } from "../components/title-card";
import { usePageTitle } from "../navigation/page-title";
import { type TitlePages, useTitlePages } from "../store/title-pages";
import "./library.css";

const SORTS: [Sort, string][] = [
  ["name", "Name"],
  ["-added", "Recently added"],
  ["-year", "Newest first"],
  ["year", "Oldest first"],
  ["duration", "Shortest first"],
  ["-duration", "Longest first"],
];

export const FilmsPage = () => <Library name="Films" filter={{ kind: "film" }} />;

export const SeriesPage = () => <Library name="Series" filter={{ kind: "series" }} />;

export const GenrePage = ({ params }: { params: { name: string } }) => (
  <Library name={params.name} filter={{ kind: "film,series", genre: params.name }} />
);

interface Props {
  name: string;
  filter: { kind: string; genre?: string };
}

/** All titles of a kind or genre, loading on as one scrolls. The order is part of the address. */
function Library({ name, filter }: Props) {
  usePageTitle(name);
  const { path, query, route } = useLocation();
  const sort = SORTS.find(([key]) => key === query.sort)?.[0] ?? "name";
  const pages = useTitlePages({ ...filter, sort });

  return (
    <div class="page page-wide">
      <div class="page-bar">
        <h1 class="page-title">{name}</h1>
        <label class="library-sort">
          <span>Sort by</span>
          <select
            class="select"
            value={sort}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              route(chosen === "name" ? path : `${path}?sort=${encodeURIComponent(chosen)}`, true);
            }}
          >
            {SORTS.map(([key, words]) => (
              <option key={key} value={key}>
                {words}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Titles pages={pages} />
    </div>
  );
}

function Titles({ pages }: { pages: TitlePages }) {
  const { items, state, message, loadMore } = pages;
  if (state === "loading") return <GridSkeleton />;
  if (state === "complete" && items.length === 0) {
    return (
      <MessagePanel icon="film" title="Nothing here yet">
        <p>No title of this kind has been found in your folders so far.</p>
        <div class="actions">
          <a class="button button-main" href="/scans">
            Scans and folders
          </a>
        </div>
      </MessagePanel>
    );
  }
  return (
    <>
      <ul class="title-grid">
        {items.map((title) => (
          <li key={title.id}>
            <TitleCard title={title} shape="upright" />
          </li>
        ))}
      </ul>
      {state === "idle" && <MoreMarker onSeen={loadMore} />}
      {state === "failed" && <LoadFailure message={message ?? ""} onRetry={loadMore} />}
      {state === "full" && (
        <p class="muted library-end">There are more. Search, or choose a genre, to find them.</p>
      )}
    </>
  );
}

/** Stands after the last card; coming near it loads more. A button, so that it works without scrolling too. */
function MoreMarker({ onSeen }: { onSeen: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  const newest = useRef(onSeen);
  newest.current = onSeen;
  useEffect(() => {
    if (button.current === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) newest.current();
      },
      { rootMargin: "800px" },
    );
    observer.observe(button.current);
    return () => observer.disconnect();
  });
  return (
    <div class="library-end">
      <button type="button" class="button" ref={button} onClick={onSeen}>
        Show more
      </button>
    </div>
  );
}
