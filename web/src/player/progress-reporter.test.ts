import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Position, ProgressReporter, type Report } from "./progress-reporter";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that answers when told to. */
function server() {
  const reports: { report: Report; keepalive: boolean }[] = [];
  const answers: (() => void)[] = [];
  const send = (report: Report, keepalive: boolean) => {
    reports.push({ report, keepalive });
    return new Promise<boolean>((resolve) => answers.push(() => resolve(true)));
  };
  const answer = async () => {
    answers.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { reports, answer, send, positions: () => reports.map(({ report }) => report.position_ms) };
}

const at = (position_ms: number): Position => ({ position_ms, duration_ms: 100_000 });

test("while playing, a report leaves every ten seconds", async () => {
  const { send, answer, positions } = server();
  const reporter = new ProgressReporter(send);
  reporter.start();
  reporter.observe(at(9_000));
  vi.advanceTimersByTime(9_999);
  expect(positions()).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(positions()).toEqual([9_000]);
  await answer();
  reporter.observe(at(19_000));
  vi.advanceTimersByTime(10_000);
  expect(positions()).toEqual([9_000, 19_000]);
  reporter.leave();
});

test("a position that has not changed is not reported again", async () => {
  const { send, answer, positions } = server();
  const reporter = new ProgressReporter(send);
  reporter.observe(at(5_000));
  reporter.flush();
  await answer();
  reporter.flush();
  reporter.stop();
  reporter.leave();
  expect(positions()).toEqual([5_000]);
});

test("a pause reports at once and ends the regular reports", async () => {
  const { send, answer, positions } = server();
  const reporter = new ProgressReporter(send);
  reporter.start();
  reporter.observe(at(3_000));
  reporter.stop();
  expect(positions()).toEqual([3_000]);
  await answer();
  reporter.observe(at(4_000));
  vi.advanceTimersByTime(60_000);
  expect(positions()).toEqual([3_000]);
});

test("while a report is under way only the newest position waits", async () => {
  const { send, answer, positions } = server();
  const reporter = new ProgressReporter(send);
  for (const position_ms of [1_000, 2_000, 3_000, 4_000]) {
    reporter.observe(at(position_ms));
    reporter.flush();
  }
  expect(positions()).toEqual([1_000]);
  await answer();
  expect(positions()).toEqual([1_000, 4_000]);
  await answer();
  expect(positions()).toEqual([1_000, 4_000]);
});

test("leaving waits for nothing and outlives the page", () => {
  const { send, reports } = server();
  const reporter = new ProgressReporter(send);
  reporter.observe(at(1_000));
  reporter.flush();
  reporter.observe(at(2_000));
  reporter.leave();
  expect(reports.at(-1)).toMatchObject({ report: at(2_000), keepalive: true });
});

test("a report that was lost stops no other, and is told again when the page goes", async () => {
  const positions: number[] = [];
  const reporter = new ProgressReporter(async (report) => {
    positions.push(report.position_ms);
    return false;
  });
  reporter.observe(at(1_000));
  reporter.flush();
  await vi.advanceTimersByTimeAsync(0);
  reporter.observe(at(2_000));
  reporter.stop();
  await vi.advanceTimersByTimeAsync(0);
  reporter.leave();
  expect(positions).toEqual([1_000, 2_000, 2_000]);
});

test("reports are counted, and those of another player are another session", () => {
  const [one, other] = [server(), server()];
  for (const { send } of [one, other]) {
    const reporter = new ProgressReporter(send);
    reporter.observe(at(1_000));
    reporter.flush();
    reporter.observe(at(2_000));
    reporter.leave();
  }
  expect(one.reports.map(({ report }) => report.sequence)).toEqual([1, 2]);
  const sessions = [...one.reports, ...other.reports].map(({ report }) => report.session);
  expect(sessions[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(sessions[1]).toBe(sessions[0]);
  expect(sessions[2]).not.toBe(sessions[0]);
});

test("nothing is reported of a file whose length the player does not know", () => {
  const { send, positions } = server();
  const reporter = new ProgressReporter(send);
  reporter.observe({ position_ms: 1_000, duration_ms: 0 });
  reporter.stop();
  expect(positions()).toEqual([]);
});
