import { expect, test } from "vitest";
import { LIVE_GAP_MS, LIVE_HISTORY_MS, LIVE_SAMPLES_MAX } from "../limits";
import { LiveHistory } from "./history";
import { live } from "./test-live";

const START_MS = 1_800_000_000_000;

function historyOf(...offsets_ms: number[]): (number | null)[] {
  const history = new LiveHistory();
  for (const offset_ms of offsets_ms) history.add(live({ at_ms: START_MS + offset_ms }));
  return history.moments.map(({ at_ms, sample }) => (sample === null ? null : at_ms - START_MS));
}

test.each([
  ["seconds follow each other", [0, 1000, 2010], [0, 1000, 2010]],
  ["a second that comes twice counts once", [0, 1000, 1000, 2000], [0, 1000, 2000]],
  ["a second that came late is no gap", [0, LIVE_GAP_MS], [0, LIVE_GAP_MS]],
  ["a pause is a gap", [0, LIVE_GAP_MS + 1], [0, null, LIVE_GAP_MS + 1]],
  ["a clock that was put back begins anew", [0, 5000, 1000], [1000]],
  ["what is as old as the charts are long is kept", [0, LIVE_HISTORY_MS], [0, null, LIVE_HISTORY_MS]],
  ["what is older is dropped", [0, 1000, LIVE_HISTORY_MS + 1002], [LIVE_HISTORY_MS + 1002]],
])("%s", (_, offsets_ms, kept) => {
  expect(historyOf(...offsets_ms)).toEqual(kept);
});

test("a server that tells more often fills no more", () => {
  const offsets_ms = Array.from({ length: LIVE_SAMPLES_MAX + 10 }, (_, index) => index);
  expect(historyOf(...offsets_ms)).toEqual(offsets_ms.slice(10));
});

test("films and scans of the past are not kept", () => {
  const history = new LiveHistory();
  history.add(live({}));
  expect(history.moments[0]?.sample).not.toHaveProperty("streams");
  expect(history.moments[0]?.sample).not.toHaveProperty("scan");
});
