import { expect, test } from "vitest";
import { choicesOf } from "./choices";

const defaults = choicesOf(null);

test.each([
  ["nothing kept", null],
  ["no JSON", "{"],
  ["no object", "7"],
  ["nothing in it", "{}"],
  ["a volume beyond its ends", '{"volume":1.1}'],
  ["a speed of nothing", '{"speed":0}'],
  ["a speed in words", '{"speed":"2"}'],
  ["a size that there is not", '{"captionSize":"toString"}'],
])("%s is the defaults", (_, text) => {
  expect(choicesOf(text)).toEqual(defaults);
});

test("what was chosen is read again", () => {
  const choices = {
    volume: 0,
    isMuted: true,
    speed: 0.25,
    areCaptionsShown: true,
    captionLanguage: "",
    captionSize: "huge",
    captionBackground: "solid",
  };
  expect(choicesOf(JSON.stringify(choices))).toEqual(choices);
});
