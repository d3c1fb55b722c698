import { expect, test } from "vitest";
import { PLACEHOLDERS_KEPT_MAX } from "../limits";
import { madePlaceholder, makePlaceholder } from "./placeholder";

/** From the format's own page. */
const HASH = "3OcRJYB4d3h/iIeHeEh3eIhw+j3A";

test("a hash becomes a small picture, once", () => {
  expect(madePlaceholder(HASH)).toBeUndefined();
  expect(makePlaceholder(HASH)).toMatch(/^data:image\/png;base64,[A-Za-z0-9+/=]+$/);
  expect(madePlaceholder(HASH)).toBe(makePlaceholder(HASH));
});

test.each([
  ["an empty text", ""],
  ["what is no base64", "%%%%"],
  ["what is too short", "AAAA"],
  ["what is too long", "A".repeat(400)],
])("%s has none", (_, hash) => {
  expect(makePlaceholder(hash)).toBeNull();
});

test("any bytes make a picture or none, and not all are kept for ever", () => {
  for (let number = 0; number < PLACEHOLDERS_KEPT_MAX; number += 1) {
    const bytes = [number, number >> 8, 170, 7, number ^ 255, 1, 2, 3, 4, 5, 6, 7, 8].map(
      (byte) => byte & 255,
    );
    expect(makePlaceholder(btoa(String.fromCharCode(...bytes))) ?? "data:").toMatch(/^data:/);
  }
  expect(madePlaceholder(HASH)).toBeUndefined();
});
