import { expect, test } from "vitest";
import { choicesOf } from "../store/choices";
import { captionClasses, captionStyleOf } from "./caption-style";

test("of all choices those about captions are their style, and become classes", () => {
  const style = captionStyleOf(choicesOf('{"volume":0.5,"captionSize":"huge"}'));
  expect(style).toEqual({ captionSize: "huge", captionBackground: "shade" });
  expect(captionClasses(style)).toBe("captions-huge captions-on-shade");
});
