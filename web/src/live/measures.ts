/** What the charts show: how each is read from a second of the server's life, and how it is told in words. */
import { formatRate } from "../text/rate";
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
  `${percent >= 0.05 && percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;

/** `0.42 ms`, `12 ms`, `1.3 s`. */
export function formatLag(lag_ms: number): string {
  if (lag_ms >= 999.5) return `${(lag_ms / 1000).toFixed(1)} s`;
  return `${lag_ms >= 0.005 && lag_ms < 9.995 ? lag_ms.toFixed(2) : Math.round(lag_ms)} ms`;
}

export const formatCount = (count: number): string => Math.round(count).toLocaleString("en");

/** `1 stream`, `1,200 streams`. */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

const MEASURES: Measure[] = [
  {
    name: "Sending",
    series: [{ name: "sent", of: (live) => bitsPerSecond(live.bytes_per_second) }],
    isStacked: false,
    figure: (live) => formatRate(bitsPerSecond(live.bytes_per_second)),
    note: (live) =>
      live.stream_count === 0 ? "no stream now" : `by ${counted(live.stream_count, "stream")}`,
    format: formatRate,
    top_min: 1e6,
    isCounted: false,
  },
  {
    name: "Processor",
    series: [
      { name: "user", of: (live) => live.cpu_user_percent },
      { name: "system", of: (live) => live.cpu_system_percent },
    ],
    isStacked: true,
    figure: (live) => formatPercent(live.cpu_percent),
    note: () => "of one core",
    format: formatPercent,
    top_min: 10,
    isCounted: false,
  },
  {
    name: "Event loop",
    series: [{ name: "late", of: (live) => live.event_loop_lag_ms }],
    isStacked: false,
    figure: (live) => formatLag(live.event_loop_lag_ms),
    note: () => "late at worst",
    format: formatLag,
    top_min: 5,
    isCounted: false,
  },
  {
    name: "Page cache",
    series: [{ name: "in memory", of: (live) => live.page_cache_hit_percent }],
    isStacked: false,
    figure: ({ page_cache_hit_percent: hit_percent }) =>
      hit_percent === null ? null : formatPercent(hit_percent),
    note: (live) =>
      live.page_cache_hit_percent === null ? "nothing is being sent" : "of what is sent was in memory",
    format: formatPercent,
    top_min: 100,
    isCounted: false,
  },
  {
    name: "Connections",
    series: [
      { name: "connections", of: (live) => live.connections },
      { name: "streams", of: (live) => live.stream_count },
    ],
    isStacked: false,
    figure: (live) => formatCount(live.connections),
    note: () => "open",
    format: formatCount,
    top_min: 5,
    isCounted: true,
  },
];

/** All there is to show of a server: each of its pools is a chart of its own. */
export const measuresOf = (live: Pick<Live, "pools">): Measure[] => [
  ...MEASURES,
  ...live.pools.map(({ name, threads, queue_max }) => measureOfPool(name, threads, queue_max)),
];

function measureOfPool(name: string, threads: number, queue_max: number): Measure {
  const poolIn = (live: Sample) => live.pools.find((pool) => pool.name === name);
  const words = `${name[0]?.toUpperCase()}${name.slice(1)}`;
  return {
    name: `${words} pool`,
    series: [
      { name: "at work", of: (live) => poolIn(live)?.busy ?? null },
      { name: "waiting", of: (live) => poolIn(live)?.queued ?? null },
    ],
    isStacked: false,
    figure: (live) => formatCount(poolIn(live)?.busy ?? 0),
    note: () => {
      // Threads come with the work.
      const workers = threads === 0 ? "at work" : `of ${counted(threads, "thread")} at work`;
      return `${workers}; ${formatCount(queue_max)} may wait`;
    },
    format: formatCount,
    top_min: Math.max(1, threads),
    isCounted: true,
  };
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
  const told = (value: number | null) => (value === null ? "not known" : format(value));
  const lines = series.map((line) => {
    const { now, lowest, highest } = extremesOf(line, moments);
    return `${line.name} ${told(now)} now, lowest ${told(lowest)}, highest ${told(highest)}`;
  });
  return `${name} over the last minutes: ${lines.join("; ")}.`;
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
