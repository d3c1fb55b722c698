import { expect, test } from "vitest";
import { film } from "../test-titles";
import { cardDetail, cardName, episodeCode, formatBytes, languageName, resolutionBadge } from "./title-words";

test.each([
  ["a film has no number", {}, ""],
  ["season and episode", { season_number: 1, episode_number: 3 }, "S1 E3"],
  ["two episodes in one file", { season_number: 1, episode_number: 3, episode_number_end: 4 }, "S1 E3–4"],
  [
    "an end that is the start is one episode",
    { season_number: 2, episode_number: 5, episode_number_end: 5 },
    "S2 E5",
  ],
  ["season zero holds the specials", { season_number: 0, episode_number: 2 }, "Special 2"],
  ["an absolute number", { episode_number: 112 }, "Episode 112"],
])("episode code: %s", (_, change, code) => {
  expect(episodeCode({ ...film("x"), ...change })).toBe(code);
});

test("an episode's card is named by its series and detailed by its own name", () => {
  const episode = {
    ...film("The Weir"),
    kind: "episode" as const,
    series: { id: "s", name: "Rivers" },
    season_number: 1,
    episode_number: 2,
  };
  expect(cardName(episode)).toBe("Rivers");
  expect(cardDetail(episode)).toBe("S1 E2 · The Weir");
});

test.each([
  ["ultra high definition", 3840, 2160, "4K"],
  ["a wide film in 4K", 3840, 1600, "4K"],
  ["full HD", 1920, 1080, "1080p"],
  ["a wide film in full HD", 1920, 800, "1080p"],
  ["small", 640, 360, "360p"],
])("resolution: %s", (_, width, height, badge) => {
  const file = film("x").files[0];
  expect(file && resolutionBadge({ ...file, width, height })).toBe(badge);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [12_345_678, "12 MB"],
  [999_600, "1.0 MB"],
  [1_440_000_000, "1.4 GB"],
  [5e15, "5000 TB"],
])("%d bytes are %s", (size_bytes, text) => {
  expect(formatBytes(size_bytes)).toBe(text);
});

test.each([
  ["de", "German"],
  ["fra", "French"],
  ["und", "Unknown language"],
  [null, "Unknown language"],
  ["not a code", "not a code"],
])("language %s is %s", (code, name) => {
  expect(languageName(code)).toBe(name);
});
