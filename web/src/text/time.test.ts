import { expect, test } from "vitest";
import { formatAgo, formatDate, formatDuration, formatPosition, formatRemaining } from "./time";

test.each([
  ["nothing lasts no seconds", 0, "0 s"],
  ["below a minute counts seconds", 38_400, "38 s"],
  ["just below a minute rounds up to one", 59_600, "1 min"],
  ["a minute", 60_000, "1 min"],
  ["just below an hour", 59 * 60_000, "59 min"],
  ["rounding up to the hour says one hour", 3_599_000, "1 h"],
  ["a whole hour needs no minutes", 3_600_000, "1 h"],
  ["a film", 5_520_000, "1 h 32 min"],
  ["a negative length is none", -5, "0 s"],
])("duration: %s", (_, duration_ms, text) => {
  expect(formatDuration(duration_ms)).toBe(text);
});

test.each([
  ["the start", 0, "0:00"],
  ["seconds are cut, not rounded", 59_999, "0:59"],
  ["a minute", 60_000, "1:00"],
  ["just below an hour", 3_599_999, "59:59"],
  ["an hour shows its minutes with two digits", 3_600_000, "1:00:00"],
  ["beyond a day stays in hours", 90_061_000, "25:01:01"],
  ["before the start is the start", -1, "0:00"],
])("position: %s", (_, position_ms, text) => {
  expect(formatPosition(position_ms)).toBe(text);
});

test.each([
  ["all of it", 0, 90_000, "−1:30"],
  ["a begun second is left", 500, 90_000, "−1:30"],
  ["the last moment", 89_999, 90_000, "−0:01"],
  ["the end", 90_000, 90_000, "−0:00"],
  ["beyond the end", 95_000, 90_000, "−0:00"],
])("remaining: %s", (_, position_ms, duration_ms, text) => {
  expect(formatRemaining(position_ms, duration_ms)).toBe(text);
});

test.each([
  ["the present", 0, "just now"],
  ["a clock that runs ahead", -60_000, "just now"],
  ["one minute", 60_000, "1 minute ago"],
  ["below an hour", 3_599_999, "59 minutes ago"],
  ["one hour", 3_600_000, "1 hour ago"],
  ["up to two days counts hours", 47 * 3_600_000, "47 hours ago"],
  ["days", 72 * 3_600_000, "3 days ago"],
])("ago: %s", (_, past_ms, text) => {
  expect(formatAgo(1_000_000_000, 1_000_000_000 + past_ms)).toBe(text);
});

test.each([
  ["a day", "2024-05-03", "May 3, 2024"],
  ["a year is no day", "2024", "2024"],
  ["there is no such day", "2024-13-01", "2024-13-01"],
  ["words", "some time ago", "some time ago"],
])("date: %s", (_, date, text) => {
  expect(formatDate(date)).toBe(text);
});
