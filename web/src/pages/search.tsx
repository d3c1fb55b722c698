import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { fetchGenres, fetchTitles } from "../api";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { GridSkeleton } from "../components/skeletons";
import { TitleCard } from "../components/title-card";
import { SEARCH_CHARACTERS_MAX, SEARCH_DELAY_MS } from "../limits";
import { usePageTitle } from "../navigation/page-title";
import { useResource } from "../store/resource";
import "./search.css";

/** Search as you type. What is sought is part of the address, so that it can be shared and gone back to. */
export function SearchPage() {
  const { query, route } = useLocation();
  const sought = (query.q ?? "").slice(0, SEARCH_CHARACTERS_MAX);
  const [typed, setTyped] = useState(sought);
  const input = useRef<HTMLInputElement>(null);
  usePageTitle(sought === "" ? "Search" : `Search: ${sought}`);

  // Before the field can be seen: a letter typed between the two would be lost.
  useLayoutEffect(() => input.current?.focus(), []);
  // Typing is what makes a new search.
  useEffect(() => {
    if (typed.trim() === sought) return;
    const timer = setTimeout(() => {
      const text = typed.trim();
      route(text === "" ? "/search" : `/search?q=${encodeURIComponent(text)}`, true);
    }, SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  return (
    <div class="page page-wide">
      <h1 class="visually-hidden">Search</h1>
      <search class="search-box">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label="Search films, series and episodes"
          placeholder="Films, series, episodes"
          autocomplete="off"
          spellcheck={false}
          maxLength={SEARCH_CHARACTERS_MAX}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </search>
      {sought === "" ? <Genres /> : <Results sought={sought} />}
    </div>
  );
}

function Results({ sought }: { sought: string }) {
  const { resource, retry } = useResource(`search ${sought}`, (signal) => fetchTitles({ q: sought }, signal));
  if (resource.state === "loading") return <GridSkeleton />;
  if (resource.state === "failed") return <LoadFailure message={resource.message} onRetry={retry} />;
  const { items, next_cursor } = resource.value;
  if (items.length === 0) {
    return (
      <MessagePanel icon="search" title={`Nothing found for “${sought}”`}>
        <p role="status">Try fewer letters or another word: the beginning of a word is enough.</p>
      </MessagePanel>
    );
  }
  return (
    <section aria-labelledby="results">
      <h2 class="search-count" id="results" aria-live="polite">
        {next_cursor !== null ? `The best ${items.length} results` : counted(items.length)}
      </h2>
      <ul class="title-grid">
        {items.map((title) => (
          <li key={title.id}>
            <TitleCard title={title} shape="upright" />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Before anything is typed: the genres, as another way in. */
function Genres() {
  const { resource, retry } = useResource("genres", fetchGenres);
  if (resource.state === "loading") return null;
  if (resource.state === "failed") return <LoadFailure message={resource.message} onRetry={retry} />;
  if (resource.value.items.length === 0) {
    return (
      <MessagePanel icon="search" title="What would you like to watch?">
        <p>Type a few letters of a film, a series or an episode.</p>
      </MessagePanel>
    );
  }
  return (
    <section aria-labelledby="genres">
      <h2 class="search-count" id="genres">
        Genres
      </h2>
      <ul class="genre-tiles">
        {resource.value.items.map(({ name, titles }, index) => (
          <li key={name}>
            <a
              class="genre-tile"
              href={`/genre/${encodeURIComponent(name)}`}
              style={{ "--hue": `${(index * 47 + 190) % 360}` }}
            >
              <span>{name}</span>
              <small>{titles === 1 ? "1 title" : `${titles} titles`}</small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

const counted = (count: number) => (count === 1 ? "1 result" : `${count} results`);
