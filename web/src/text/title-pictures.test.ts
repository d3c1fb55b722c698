import { expect, test } from "vitest";
import { film } from "../test-titles";
import type { TitleItem } from "../types";
import { backdropPicture, cardSources, screenSources, uprightPicture, widePicture } from "./title-pictures";

const title = (...pictures: ("poster" | "backdrop" | "thumb" | "still")[]): TitleItem => {
  const fields = pictures.flatMap((kind) => [
    [`${kind}_url`, kind],
    [`${kind}_hash`, `hash of ${kind}`],
  ]);
  return { ...film("Alien"), ...Object.fromEntries(fields) };
};

test.each([
  ["everything", title("poster", "backdrop", "thumb", "still"), "poster", "thumb", "backdrop"],
  ["a poster and a backdrop", title("poster", "backdrop", "still"), "poster", "backdrop", "backdrop"],
  ["a poster alone", title("poster", "still"), "poster", "still", "still"],
  ["a poster, and a film without pictures", title("poster"), "poster", "poster", undefined],
  ["an episode's picture", title("thumb", "still"), "thumb", "thumb", "thumb"],
  ["no artwork", title("still"), "still", "still", "still"],
  ["nothing", title(), undefined, undefined, undefined],
])("of %s", (_, title, upright, wide, backdrop) => {
  expect(uprightPicture(title)?.url).toBe(upright);
  expect(widePicture(title)?.url).toBe(wide);
  expect(backdropPicture(title)?.url).toBe(backdrop);
});

test("a picture comes with its own hash", () => {
  expect(widePicture(title("poster", "still"))).toEqual({ url: "still", hash: "hash of still" });
  expect(widePicture({ ...title("still"), still_hash: null })).toEqual({ url: "still", hash: null });
});

test("sources are told by their widths", () => {
  expect(cardSources("/p?v=1")).toMatch(/^\/p\?v=1&width=160 160w, .*, \/p\?v=1&width=1280 1280w$/);
  expect(cardSources("/p")).toMatch(/^\/p\?width=160 160w/);
  expect(screenSources("/p?v=1")).toMatch(/&width=1280 1280w, \/p\?v=1 1920w$/);
});
