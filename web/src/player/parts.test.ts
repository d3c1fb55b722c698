import { expect, test } from "vitest";
import { file } from "../test-titles";
import { lengthOf, placeOf, type Version, versionsOf } from "./parts";

const names = (versions: Version[]) => versions.map((version) => version.map(({ id }) => id).join("+"));

test.each([
  ["no files, no versions", [], []],
  ["each file without a part number is a version", [file({ id: "a" }), file({ id: "b" })], ["a", "b"]],
  [
    "parts are watched in their order, whatever the server's",
    [file({ id: "b", part: 2 }), file({ id: "a", part: 1 })],
    ["a+b"],
  ],
  [
    "editions have their own parts",
    [
      file({ id: "a", part: 1 }),
      file({ id: "x", part: 1, edition: "Director's Cut" }),
      file({ id: "b", part: 2 }),
      file({ id: "y", part: 2, edition: "Director's Cut" }),
    ],
    ["a+b", "x+y"],
  ],
])("%s", (_, files, expected) => {
  expect(names(versionsOf(files))).toEqual(expected);
});

const two: Version = [file({ id: "a", duration_ms: 1_000 }), file({ id: "b", duration_ms: 500 })];

test.each([
  ["the start", 0, "a", 0, 0],
  ["the last moment of the first part", 999, "a", 0, 999],
  ["the first moment of the second", 1_000, "b", 1_000, 0],
  ["beyond the end", 9_000, "b", 1_000, 8_000],
  ["before the start", -1, "a", 0, 0],
])("place of %s", (_, position_ms, id, offset_ms, inside_ms) => {
  expect(placeOf(two, position_ms)).toMatchObject({ file: { id }, offset_ms, inside_ms });
});

test("a version lasts as long as its parts together", () => {
  expect(lengthOf(two)).toBe(1_500);
});
