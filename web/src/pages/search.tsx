import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { fetchGenres, fetchSearch } from "../api";
import { CollectionCard } from "../components/collection-card";
import { Icon, type IconName } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { GridSkeleton } from "../components/skeletons";
import { TitleCard } from "../components/title-card";
import { SEARCH_CHARACTERS_MAX, SEARCH_DELAY_MS } from "../limits";
import { usePageTitle } from "../navigation/page-title";
import { useResource } from "../store/resource";
import { titlesWords } from "../text/filter-words";
import { t, tn } from "../text/words";
import type { SearchAnswer } from "../types";
import "./search.css";

/** Search as you type. What is sought is part of the address, so that it can be shared and gone back to. */
export function SearchPage() {
  const { query, route } = useLocation();
  const sought = (query.q ?? "").slice(0, SEARCH_CHARACTERS_MAX);
  const [typed, setTyped] = useState(sought);
  const input = useRef<HTMLInputElement>(null);
  usePageTitle(sought === "" ? t("Search") : t("Search: {sought}", { sought }));

  const seek = (text: string) => {
    const wished = text.trim();
    if (wished !== sought) route(wished === "" ? "/search" : `/search?q=${encodeURIComponent(wished)}`, true);
  };

  // Before the field can be seen: a letter typed between the two would be lost.
  useLayoutEffect(() => input.current?.focus(), []);
  // Typing is what makes a new search.
  useEffect(() => {
    const timer = setTimeout(() => seek(typed), SEARCH_DELAY_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") seek(typed);
    if (event.key === "Escape" && typed !== "") {
      event.preventDefault();
      setTyped("");
    }
  };

  return (
    <div class="page page-wide">
      <h1 class="visually-hidden">{t("Search")}</h1>
      <search class="search-box">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          aria-label={t("Search titles, people, genres and collections")}
          placeholder={t("Titles, people, genres")}
          autocomplete="off"
          spellcheck={false}
          maxLength={SEARCH_CHARACTERS_MAX}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </search>
      {sought === "" ? <WaysIn /> : <Results sought={sought} />}
    </div>
  );
}

function Results({ sought }: { sought: string }) {
  const { resource, retry } = useResource(`search ${sought}`, (signal) => fetchSearch(sought, signal));
  if (resource.state === "loading") return <GridSkeleton />;
  if (resource.state === "failed") return <LoadFailure message={resource.message} onRetry={retry} />;
  const { titles, people, genres, collections } = resource.value;
  const found = titles.length + people.length + genres.length + collections.length;
  return (
    <>
      <p class="visually-hidden" role="status">
        {found === 0 ? t("Nothing found") : tn(found, "{count} result", "{count} results")}
      </p>
      {found === 0 ? (
        <MessagePanel icon="search" title={t("Nothing found for “{sought}”", { sought })}>
          <p>{t("Try fewer letters or another word: the beginning of a word is enough.")}</p>
        </MessagePanel>
      ) : (
        <Found answer={resource.value} />
      )}
    </>
  );
}

/** What is few stands first, in one line each, so that titles are never far. */
function Found({ answer }: { answer: SearchAnswer }) {
  const { titles, more_titles, people, genres, collections } = answer;
  return (
    <>
      <Ways
        name={t("People")}
        id="people"
        icon="person"
        ways={people.map(({ name, titles }) => ({ path: "person", name, titles }))}
      />
      <Ways
        name={t("Genres")}
        id="genres"
        icon="film"
        ways={genres.map(({ name, titles }) => ({ path: "genre", name, titles }))}
      />
      {titles.length > 0 && (
        <Part
          name={
            more_titles
              ? t("The best {titles} titles", { titles: titles.length })
              : titlesWords(titles.length)
          }
          id="titles"
        >
          <ul class="title-grid">
            {titles.map((title) => (
              <li key={title.id}>
                <TitleCard title={title} shape="upright" />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {collections.length > 0 && (
        <Part name={t("Collections")} id="collections">
          <ul class="title-grid">
            {collections.map((collection) => (
              <li key={collection.id}>
                <CollectionCard collection={collection} />
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

interface WaysProps {
  name: string;
  id: string;
  icon: IconName;
  ways: { path: string; name: string; titles: number }[];
}

function Ways({ name, id, icon, ways }: WaysProps) {
  if (ways.length === 0) return null;
  return (
    <Part name={name} id={id}>
      <ul class="chips">
        {ways.map((way) => (
          <li key={way.name}>
            <a class="chip" href={`/${way.path}/${encodeURIComponent(way.name)}`}>
              <Icon name={icon} />
              {way.name}
              <small>{titlesWords(way.titles)}</small>
            </a>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Part({ name, id, children }: { name: string; id: string; children: ComponentChildren }) {
  return (
    <section class="search-part" aria-labelledby={id}>
      <h2 class="search-part-name" id={id}>
        {name}
      </h2>
      {children}
    </section>
  );
}

/** Before anything is typed: what the viewer keeps, and the genres. */
function WaysIn() {
  const { resource, retry } = useResource("genres", fetchGenres);
  if (resource.state === "loading") return null;
  if (resource.state === "failed") return <LoadFailure message={resource.message} onRetry={retry} />;
  if (resource.value.items.length === 0) {
    return (
      <MessagePanel icon="search" title={t("What would you like to watch?")}>
        <p>{t("Type a few letters of a film, a series or an episode.")}</p>
      </MessagePanel>
    );
  }
  return (
    <>
      <ul class="chips search-kept">
        <li>
          <a class="chip" href="/favourites">
            <Icon name="heart" />
            {t("Favourites")}
          </a>
        </li>
        <li>
          <a class="chip" href="/collections">
            <Icon name="collection" />
            {t("Collections")}
          </a>
        </li>
      </ul>
      <Part name={t("Genres")} id="genres">
        <ul class="genre-tiles">
          {resource.value.items.map(({ name, titles }, index) => (
            <li key={name}>
              <a
                class="genre-tile"
                href={`/genre/${encodeURIComponent(name)}`}
                style={{ "--hue": `${(index * 47 + 190) % 360}` }}
              >
                <span>{name}</span>
                <small>{titlesWords(titles)}</small>
              </a>
            </li>
          ))}
        </ul>
      </Part>
    </>
  );
}
