/** What the charts show: how each is read from a second of the server's life, and how it is told in words. */
import { formatCount, formatFigure } from "../text/numbers";
import { formatRate } from "../text/rate";
import { t, tn } from "../text/words";
import type { Live } from "../types";
import type { Moment, Sample } from "./history";

export interface Measure {
  name: string;
  /** What is drawn. More than one are parts of a whole if `isStacked`, and stand above each other. */
  series: Series[];
  isStacked: boolean;
  /** The large figure; null where there is nothing to tell. */
  figure: (live: Sample) => string | null;
  /** What the figure means, in a few words. */
  note: (live: Sample) => string;
  format: (value: number) => string;
  /** The scale reaches at least this high, so that next to nothing looks like it. */
  top_min: number;
  /** Steps of the scale, where not every number can be one. */
  isCounted: boolean;
}

export interface Series {
  name: string;
  /** Null where there is nothing to tell. */
  of: (live: Sample) => number | null;
}

export const bitsPerSecond = (bytes_per_second: number): number => bytes_per_second * 8;

/** `0.3 %`, `12 %`. */
export const formatPercent = (percent: number): string =>
  `${formatFigure(percent, percent >= 0.05 && percent < 9.95 ? 1 : 0)} %`;

/** `0.42 ms`, `12 ms`, `1.3 s`. */
export function formatLag(lag_ms: number): string {
  if (lag_ms >= 999.5) return `${formatFigure(lag_ms / 1000, 1)} s`;
  return `${formatFigure(lag_ms, lag_ms >= 0.005 && lag_ms < 9.995 ? 2 : 0)} ms`;
}

const measuresOfServer = (): Measure[] => [
  {
    name: t("Sending"),
    series: [{ name: t("sent"), of: (live) => bitsPerSecond(live.bytes_per_second) }],
    isStacked: false,
    figure: (live) => formatRate(bitsPerSecond(live.bytes_per_second)),
    note: (live) =>
      live.stream_count === 0
        ? t("no stream now")
        : tn(live.stream_count, "by {count} stream", "by {count} streams"),
    format: formatRate,
    top_min: 1e6,
    isCounted: false,
  },
  {
    name: t("Processor"),
    series: [
      { name: t("user"), of: (live) => live.cpu_user_percent },
      { name: t("system"), of: (live) => live.cpu_system_percent },
    ],
    isStacked: true,
    figure: (live) => formatPercent(live.cpu_percent),
    note: () => t("of one core"),
    format: formatPercent,
    top_min: 10,
    isCounted: false,
  },
  {
    name: t("Event loop"),
    series: [{ name: t("late"), of: (live) => live.event_loop_lag_ms }],
    isStacked: false,
    figure: (live) => formatLag(live.event_loop_lag_ms),
    note: () => t("late at worst"),
    format: formatLag,
    top_min: 5,
    isCounted: false,
  },
  {
    name: t("Page cache"),
    series: [{ name: t("in memory"), of: (live) => live.page_cache_hit_percent }],
    isStacked: false,
    figure: ({ page_cache_hit_percent: hit_percent }) =>
      hit_percent === null ? null : formatPercent(hit_percent),
    note: (live) =>
      live.page_cache_hit_percent === null ? t("nothing is being sent") : t("of what is sent was in memory"),
    format: formatPercent,
    top_min: 100,
    isCounted: false,
  },
  {
    name: t("Connections"),
    series: [
      { name: t("connections"), of: (live) => live.connections },
      { name: t("streams"), of: (live) => live.stream_count },
    ],
    isStacked: false,
    figure: (live) => formatCount(live.connections),
    note: () => t("open"),
    format: formatCount,
    top_min: 5,
    isCounted: true,
  },
];

/** All there is to show of a server: each of its pools is a chart of its own. */
export const measuresOf = (live: Pick<Live, "pools">): Measure[] => [
  ...measuresOfServer(),
  ...live.pools.map(({ name, threads, queue_max }) => measureOfPool(name, threads, queue_max)),
];

function measureOfPool(name: string, threads: number, queue_max: number): Measure {
  const poolIn = (live: Sample) => live.pools.find((pool) => pool.name === name);
  return {
    name: poolWords(name),
    series: [
      { name: t("at work"), of: (live) => poolIn(live)?.busy ?? null },
      { name: t("waiting"), of: (live) => poolIn(live)?.queued ?? null },
    ],
    isStacked: false,
    figure: (live) => formatCount(poolIn(live)?.busy ?? 0),
    note: () => {
      // Threads come with the work.
      if (threads === 0) return t("at work; {queue} may wait", { queue: queue_max });
      return tn(
        threads,
        "of {count} thread at work; {queue} may wait",
        "of {count} threads at work; {queue} may wait",
        { queue: queue_max },
      );
    },
    format: formatCount,
    top_min: Math.max(1, threads),
    isCounted: true,
  };
}

function poolWords(name: string): string {
  if (name === "disk") return t("Disk pool");
  return t("{name} pool", { name: `${name[0]?.toUpperCase()}${name.slice(1)}` });
}

export interface Extremes {
  now: number | null;
  lowest: number | null;
  highest: number | null;
}

/** Where a line is, and between what it has moved. */
export function extremesOf({ of }: Series, moments: readonly Moment[]): Extremes {
  const values = moments.map(({ sample }) => (sample === null ? null : of(sample)));
  const known = values.filter((value) => value !== null);
  return {
    now: values.at(-1) ?? null,
    lowest: known.length === 0 ? null : Math.min(...known),
    highest: known.length === 0 ? null : Math.max(...known),
  };
}

/** What a chart shows, for those who do not see it. */
export function wordsOf({ name, series, format }: Measure, moments: readonly Moment[]): string {
  const told = (value: number | null) => (value === null ? t("not known") : format(value));
  const lines = series.map((line) => {
    const { now, lowest, highest } = extremesOf(line, moments);
    return t("{line} {now} now, lowest {lowest}, highest {highest}", {
      line: line.name,
      now: told(now),
      lowest: told(lowest),
      highest: told(highest),
    });
  });
  return t("{name} over the last minutes: {lines}.", { name, lines: lines.join("; ") });
}

/** Columns as a chart takes them: seconds before the newest, then each line, the topmost first. */
export function columnsOf({ series, isStacked }: Measure, moments: readonly Moment[]): (number | null)[][] {
  const newest_ms = moments.at(-1)?.at_ms ?? 0;
  const lines = series.map(({ of }) => moments.map(({ sample }) => (sample === null ? null : of(sample))));
  if (isStacked) {
    for (let line = lines.length - 2; line >= 0; line--) {
      const below = lines[line + 1] ?? [];
      lines[line] = (lines[line] ?? []).map((value, at) =>
        value === null ? null : value + (below[at] ?? 0),
      );
    }
  }
  return [moments.map(({ at_ms }) => (at_ms - newest_ms) / 1000), ...lines];
}
