import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import type { TitleFilter } from "../api";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { GridSkeleton } from "../components/skeletons";
import { sortWords, titlesWords } from "../text/filter-words";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import { FilterChips } from "./filter-chips";
import { FilterPanel } from "./filter-panel";
import {
  chipsOf,
  type Filters,
  filtersOf,
  libraryAddress,
  NO_FILTERS,
  parametersOf,
  SORTS,
  sortOf,
} from "./filters";
import { LetterRail } from "./letter-rail";
import { TitleList } from "./title-list";
import type { TitlePages } from "./title-pages";
import { useTitlePages } from "./use-title-pages";
import "./library.css";

interface Props {
  name: string;
  /** What the page is about; the viewer's filters come on top. */
  about: TitleFilter & { kind: string };
  /** What stands where there are no titles at all. */
  empty: ComponentChildren;
  /** What can be done with the whole list. */
  actions?: ComponentChildren;
  /** Stands between the heading and the list. */
  above?: ComponentChildren;
  /** What can be done with each title. */
  cardAction?: ((pages: TitlePages, title: TitleItem) => ComponentChildren) | undefined;
}

/** A list of titles with its filters and its order, both of which are part of the address. */
export function Library({ name, about, empty, actions, above, cardAction }: Props) {
  const { path, query, route } = useLocation();
  // What the page is about cannot be narrowed to something else.
  const filters = filtersOf(Object.fromEntries(Object.entries(query).filter(([field]) => !(field in about))));
  const sort = sortOf(query);
  const pages = useTitlePages({ ...parametersOf(filters), ...about, sort });
  const [isChoosing, setChoosing] = useState(false);
  const [target, setTarget] = useState<{ index: number; pages: TitlePages } | null>(null);
  const { total, failure } = pages;
  const isOrderedByName = sort === "name" || sort === "-name";
  const chosen = chipsOf(filters).length;
  const orders = sortWords();

  const change = (next: Filters) => route(libraryAddress(path, next, sort), true);
  useBeginOnChange(JSON.stringify([filters, sort]));

  return (
    <div class="page page-wide">
      <div class="page-bar library-bar">
        <h1 class="page-title">{name}</h1>
        <p class="library-count" role="status">
          {total === null ? "" : titlesWords(total)}
        </p>
        <div class="library-tools">
          {actions}
          {/* There before the list is, so that nothing moves when that comes. */}
          {isOrderedByName && total !== 0 && (
            <LetterRail pages={pages} onFound={(index) => setTarget({ index, pages })} />
          )}
          <button
            type="button"
            class="button"
            aria-expanded={isChoosing}
            aria-controls="filters"
            onClick={() => setChoosing(!isChoosing)}
          >
            <Icon name="filter" />
            {t("Filters")}
            {chosen > 0 && <span class="library-chosen">{chosen}</span>}
          </button>
          <label>
            <span class="visually-hidden">{t("Sort by")}</span>
            <select
              class="select"
              value={sort}
              onChange={(event) => {
                const order = SORTS.find((key) => key === event.currentTarget.value) ?? "name";
                route(libraryAddress(path, filters, order), true);
              }}
            >
              {SORTS.map((key) => (
                <option key={key} value={key}>
                  {orders[key]}
                </option>
              ))}
            </select>
          </label>
        </div>
      </div>
      {above}
      {isChoosing && (
        <FilterPanel
          id="filters"
          kind={about.kind}
          fixed={Object.keys(about)}
          filters={filters}
          onChange={change}
        />
      )}
      <FilterChips filters={filters} onChange={change} />
      {failure !== null && total === null && <LoadFailure message={failure} onRetry={() => pages.retry()} />}
      {failure !== null && total !== null && <PartFailure message={failure} onRetry={() => pages.retry()} />}
      {total === null && failure === null && <GridSkeleton />}
      {total === 0 && chosen > 0 && <NoMatch onClear={() => change(NO_FILTERS)} />}
      {total === 0 && chosen === 0 && empty}
      {total !== null && total > 0 && (
        <TitleList
          name={name}
          pages={pages}
          target={target?.pages === pages ? target : null}
          action={cardAction && ((title) => cardAction(pages, title))}
        />
      )}
    </div>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <MessagePanel icon="filter" title={t("No title is like that")}>
      <p>{t("Nothing in this list matches all the filters that are on.")}</p>
      <div class="actions">
        <button type="button" class="button button-main" onClick={onClear}>
          {t("Clear filters")}
        </button>
      </div>
    </MessagePanel>
  );
}

/** A part of a list that is there did not come: told where one is in it. */
function PartFailure({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div class="library-failure" role="alert">
      <Icon name="warning" />
      <span>{message}</span>
      <button type="button" class="button" onClick={onRetry}>
        {t("Try again")}
      </button>
    </div>
  );
}

/** Another order or choice is another list: it is seen from its beginning. */
function useBeginOnChange(list: string): void {
  const shown = useRef(list);
  useEffect(() => {
    if (shown.current === list) return;
    shown.current = list;
    scrollTo({ top: 0, behavior: "instant" });
  }, [list]);
}
