import { expect, test } from "vitest";
import type { Moment } from "./history";
import {
  columnsOf,
  extremesOf,
  formatLag,
  formatPercent,
  type Measure,
  measuresOf,
  wordsOf,
} from "./measures";
import { live } from "./test-live";

const measures = measuresOf(live({}));

function measure(name: string): Measure {
  const found = measures.find((measure) => measure.name === name);
  if (found === undefined) throw new Error(`no measure is called ${name}`);
  return found;
}

const moments: Moment[] = [
  { at_ms: 1_000, sample: live({ cpu_user_percent: 10, cpu_system_percent: 20 }) },
  { at_ms: 1_001, sample: null },
  {
    at_ms: 4_000,
    sample: live({ cpu_user_percent: 1, cpu_system_percent: 2, page_cache_hit_percent: null }),
  },
];

test.each([
  [0, "0 %"],
  [0.04, "0 %"],
  [0.05, "0.1 %"],
  [9.94, "9.9 %"],
  [9.95, "10 %"],
  [172.4, "172 %"],
])("%d percent are %s", (percent, words) => {
  expect(formatPercent(percent)).toBe(words);
});

test.each([
  [0, "0 ms"],
  [0.004, "0 ms"],
  [0.42, "0.42 ms"],
  [9.994, "9.99 ms"],
  [9.995, "10 ms"],
  [999.4, "999 ms"],
  [1_250, "1.3 s"],
])("a lag of %d ms is %s", (lag_ms, words) => {
  expect(formatLag(lag_ms)).toBe(words);
});

test("each figure is in words", () => {
  const told = measures.map(({ name, figure, note }) => [name, figure(live({})), note(live({}))]);
  expect(told).toEqual([
    ["Sending", "1.2 Gbit/s", "by 3 streams"],
    ["Processor", "12 %", "of one core"],
    ["Event loop", "0.42 ms", "late at worst"],
    ["Page cache", "98 %", "of what is sent was in memory"],
    ["Connections", "24", "open"],
    ["Disk pool", "1", "of 8 threads at work; 64 may wait"],
  ]);
});

test("where nothing is sent the page cache has no figure", () => {
  expect(measure("Page cache").figure(live({ page_cache_hit_percent: null }))).toBeNull();
});

test("extremes are those of what is known", () => {
  const [user] = measure("Processor").series;
  expect(user && extremesOf(user, moments)).toEqual({ now: 1, lowest: 1, highest: 10 });
  expect(user && extremesOf(user, [])).toEqual({ now: null, lowest: null, highest: null });
});

test("a chart is told in words", () => {
  expect(wordsOf(measure("Processor"), moments)).toBe(
    "Processor over the last minutes: user 1.0 % now, lowest 1.0 %, highest 10 %; " +
      "system 2.0 % now, lowest 2.0 %, highest 20 %.",
  );
  expect(wordsOf(measure("Page cache"), moments)).toContain("in memory not known now, lowest 98 %");
});

test("parts of a whole stand on each other, and a gap stays one", () => {
  expect(columnsOf(measure("Processor"), moments)).toEqual([
    [-3, -2.999, 0],
    [30, null, 3],
    [20, null, 2],
  ]);
});
