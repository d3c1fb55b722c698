import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HideTimer } from "./hide-timer";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const state = { isHeld: false, isHidden: false };
  const timer = new HideTimer(
    () => state.isHeld,
    (isHidden) => {
      state.isHidden = isHidden;
    },
    3_000,
  );
  timer.touch();
  return { state, timer };
}

test("hides when nothing was touched for the wait, not before", () => {
  const { state } = start();
  vi.advanceTimersByTime(2_999);
  expect(state.isHidden).toBe(false);
  vi.advanceTimersByTime(1);
  expect(state.isHidden).toBe(true);
});

test("a touch begins the wait anew, and shows what is hidden", () => {
  const { state, timer } = start();
  vi.advanceTimersByTime(2_000);
  timer.touch();
  vi.advanceTimersByTime(2_000);
  expect(state.isHidden).toBe(false);
  vi.advanceTimersByTime(1_000);
  timer.touch();
  expect(state.isHidden).toBe(false);
});

test("what is held stays, and goes when it is let go", () => {
  const { state } = start();
  state.isHeld = true;
  vi.advanceTimersByTime(60_000);
  expect(state.isHidden).toBe(false);
  state.isHeld = false;
  vi.advanceTimersByTime(3_000);
  expect(state.isHidden).toBe(true);
});

test("a finger hides and shows, but hides nothing that is held", () => {
  const { state, timer } = start();
  timer.toggle();
  expect(state.isHidden).toBe(true);
  timer.toggle();
  expect(state.isHidden).toBe(false);
  state.isHeld = true;
  timer.toggle();
  expect(state.isHidden).toBe(false);
});

test("after its end nothing happens any more", () => {
  const { state, timer } = start();
  timer.end();
  vi.advanceTimersByTime(60_000);
  expect(state.isHidden).toBe(false);
});
