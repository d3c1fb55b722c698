import { expect, test } from "vitest";
import { file, film } from "../test-titles";
import type { TitleItem } from "../types";
import { previewPlace } from "./preview-place";

const title = (change: Partial<TitleItem> = {}): TitleItem => ({ ...film("Alien"), ...change });

const progress = (position_ms: number, watched = false) => ({
  position_ms,
  duration_ms: 60_000,
  watched,
  updated_at_ms: 0,
});

test.each([
  ["a new film, a little after its beginning", title(), "f1", 15_000],
  ["a film that was begun, where it was left", title({ progress: progress(30_000) }), "f1", 30_000],
  ["a film that was seen, as if it were new", title({ progress: progress(59_000, true) }), "f1", 15_000],
  [
    "a film in parts, in the part where it was left",
    title({ files: [file({ part: 1 }), file({ id: "f2", part: 2 })], progress: progress(70_000) }),
    "f2",
    10_000,
  ],
  ["a film of unknown length, at its beginning", title({ files: [file({ duration_ms: null })] }), "f1", 0],
])("%s", (_, title, id, inside_ms) => {
  expect(previewPlace(title)).toMatchObject({ file: { id }, inside_ms });
});

test.each([
  ["a series", title({ kind: "series", files: [] })],
  ["a film whose folder is away", title({ is_available: false })],
  ["a file without pictures", title({ files: [file({ video_codec: null })] })],
])("there is nothing to look into: %s", (_, title) => {
  expect(previewPlace(title)).toBeNull();
});
