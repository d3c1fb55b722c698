/**
 * A list of titles of which only the pages around the place in sight are held. How many there are and where each
 * page begins is known from the start (the outline), so that any place is one request away. A place that is passed
 * quickly is not asked for; what is on its way for a place that was left is given up.
 */
import { fetchOutline, fetchTitles, type ListQuery, type Outcome } from "../api";
import {
  PAGE_ITEMS,
  PAGE_REQUESTS_MAX,
  PAGES_AHEAD_TITLES,
  PAGES_KEPT_MAX,
  PASSING_MS,
  REOUTLINES_MAX,
} from "../limits";
import type { Outline, TitleItem } from "../types";
import { type FetchTitles, fetchRun } from "./fetch-run";
import type { Range } from "./list-window";

export interface Calls {
  fetchOutline: (query: ListQuery, every: number, signal: AbortSignal) => Promise<Outcome<Outline>>;
  fetchTitles: FetchTitles;
}

interface KeptPage {
  items: TitleItem[];
  /** Shown, but to be asked for again: the list was left since. */
  isStale: boolean;
}

export class TitlePages {
  #outline: Outline | null = null;
  #failure: string | null = null;
  readonly #pages = new Map<number, KeptPage>();
  readonly #underWay = new Map<number, AbortController>();
  #wish: Range = { first: 0, last: -1 };
  #passing: ReturnType<typeof setTimeout> | null = null;
  #end = new AbortController();
  #reoutlines = 0;
  #listener: () => void = () => undefined;

  constructor(
    readonly query: ListQuery,
    private readonly calls: Calls = { fetchOutline, fetchTitles },
  ) {}

  /** Null while it is not known. */
  get outline(): Outline | null {
    return this.#outline;
  }

  /** How many titles there are; null while that is not known. */
  get total(): number | null {
    return this.#outline?.total ?? null;
  }

  /** What went wrong with something that is in sight; null if nothing did. */
  get failure(): string | null {
    return this.#failure;
  }

  titleAt(index: number): TitleItem | null {
    return this.#pages.get(this.#pageOf(index))?.items[index % this.#every] ?? null;
  }

  /**
   * Begins, or goes on after `close` with what is held, asking for it again. `listener` is called when there is
   * something else to show.
   */
  open(listener: () => void): void {
    this.#listener = listener;
    this.#end = new AbortController();
    this.#reoutlines = 0;
    this.refresh();
  }

  /** Gives up what is on its way; what there is stays. */
  close(): void {
    this.#end.abort();
    this.#underWay.clear();
    if (this.#passing !== null) clearTimeout(this.#passing);
    this.#passing = null;
    this.#listener = () => undefined;
  }

  /** Asks for everything again, and shows what is held until it comes. */
  refresh(): void {
    for (const page of this.#pages.values()) page.isStale = true;
    this.retry();
  }

  /** Asks for all that is missing. */
  retry(): void {
    this.#failure = null;
    this.#listener();
    void this.#loadOutline();
    this.#pursue();
  }

  /** Titles are in sight: loads what is missing there, unless they are only being passed. */
  wish(range: Range): void {
    const before = this.#wish;
    if (range.first === before.first && range.last === before.last) return;
    const isNear = range.first <= before.last && range.last >= before.first;
    this.#wish = range;
    if (this.#passing !== null) clearTimeout(this.#passing);
    this.#passing = null;
    if (isNear || before.last < before.first) {
      this.#pursue();
    } else {
      this.#giveUpPassed();
      this.#passing = setTimeout(() => {
        this.#passing = null;
        this.#pursue();
      }, PASSING_MS);
    }
  }

  /** Takes a title's newer facts, wherever it is held. */
  amend(id: string, change: (title: TitleItem) => TitleItem): void {
    for (const page of this.#pages.values())
      page.items = page.items.map((title) => (title.id === id ? change(title) : title));
    this.#listener();
  }

  get #every(): number {
    return this.#outline?.every ?? PAGE_ITEMS;
  }

  #pageOf(index: number): number {
    return Math.floor(index / this.#every);
  }

  async #loadOutline(): Promise<void> {
    const end = this.#end;
    const outcome = await this.calls.fetchOutline(this.query, PAGE_ITEMS, end.signal);
    if (end.signal.aborted) return;
    if (outcome.status === "success") this.#take(outcome.value);
    else if (outcome.status === "error") this.#fail(outcome.message);
  }

  #take(outline: Outline): void {
    const isOther =
      this.#outline !== null &&
      (this.#outline.total !== outline.total ||
        this.#outline.every !== outline.every ||
        this.#outline.cursors.join() !== outline.cursors.join());
    const hasOtherPages = outline.every !== this.#every;
    this.#outline = outline;
    if (hasOtherPages) {
      this.#giveUp([...this.#underWay.keys()]);
      this.#pages.clear();
    }
    if (isOther) for (const page of this.#pages.values()) page.isStale = true;
    this.#listener();
    this.#pursue();
  }

  /** Loads the pages that are wished for, nearest first, so many at once. */
  #pursue(): void {
    if (this.#passing !== null || this.#end.signal.aborted) return;
    this.#giveUpPassed();
    for (const page of this.#wantedPages()) {
      if (this.#underWay.size >= PAGE_REQUESTS_MAX) return;
      const isHeld = this.#pages.get(page)?.isStale === false;
      if (!isHeld && !this.#underWay.has(page)) void this.#loadPage(page);
    }
  }

  /** In the order in which they are needed: what is in sight, then what lies around it. */
  #wantedPages(): number[] {
    // Where the others begin is not known before the outline has come.
    if (this.#outline === null) return [0];
    const { total, every, cursors } = this.#outline;
    const lastPage = Math.min(Math.ceil(total / every) - 1, cursors.length);
    const { first, last } = this.#wish;
    if (last < first) return lastPage < 0 ? [] : [0];
    const pages = new Set<number>();
    const add = (from: number, to: number) => {
      const end = Math.min(this.#pageOf(to), lastPage);
      for (let page = this.#pageOf(Math.max(0, from)); page <= end; page += 1) pages.add(page);
    };
    add(first, last);
    add(first - PAGES_AHEAD_TITLES, last + PAGES_AHEAD_TITLES);
    return [...pages];
  }

  #giveUpPassed(): void {
    const wanted = new Set(this.#wantedPages());
    this.#giveUp([...this.#underWay.keys()].filter((page) => !wanted.has(page)));
  }

  #giveUp(pages: number[]): void {
    for (const page of pages) {
      this.#underWay.get(page)?.abort();
      this.#underWay.delete(page);
    }
  }

  async #loadPage(page: number): Promise<void> {
    const interest = new AbortController();
    this.#underWay.set(page, interest);
    const cursor = page === 0 ? undefined : this.#outline?.cursors[page - 1];
    const query = { ...this.query, ...(cursor === undefined ? {} : { cursor }) };
    const signal = AbortSignal.any([interest.signal, this.#end.signal]);
    const outcome = await fetchRun(this.calls.fetchTitles, query, this.#every, signal);
    if (signal.aborted) return;
    this.#underWay.delete(page);
    if (outcome.status === "success") {
      this.#keep(page, outcome.value);
      this.#pursue();
    } else if (outcome.status === "error") {
      this.#fail(outcome.message);
    }
  }

  #keep(page: number, items: TitleItem[]): void {
    this.#pages.set(page, { items, isStale: false });
    // Without an outline nothing is in sight, whatever came.
    if (this.#outline !== null) this.#failure = null;
    const middle = this.#pageOf((this.#wish.first + this.#wish.last) / 2);
    const byDistance = [...this.#pages.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
    for (const farthest of byDistance.slice(0, Math.max(0, this.#pages.size - PAGES_KEPT_MAX)))
      this.#pages.delete(farthest);
    this.#lookForChange(page, items.length);
    this.#listener();
  }

  /** Titles came or went since the outline was drawn if a page is not as long as it must be. */
  #lookForChange(page: number, length: number): void {
    if (this.#outline === null || this.#reoutlines >= REOUTLINES_MAX) return;
    const expected = Math.min(this.#every, this.#outline.total - page * this.#every);
    if (length === expected) return;
    this.#reoutlines += 1;
    void this.#loadOutline();
  }

  #fail(message: string): void {
    this.#failure = message;
    this.#listener();
  }
}
