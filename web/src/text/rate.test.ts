import { expect, test } from "vitest";
import { formatRate } from "./rate";

test.each([
  [0, "0 kbit/s"],
  [999_499, "999 kbit/s"],
  [999_500, "1.0 Mbit/s"],
  [123_456_789, "123.5 Mbit/s"],
  [999_949_999, "999.9 Mbit/s"],
  [999_950_000, "1.0 Gbit/s"],
  [38_400_000_000, "38.4 Gbit/s"],
])("a rate of %d is %s", (rate, words) => {
  expect(formatRate(rate)).toBe(words);
});
