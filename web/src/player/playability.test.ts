import { expect, test } from "vitest";
import { file } from "../test-titles";
import { playability } from "./playability";

/** A browser that knows H.264, AAC, VP9 and Opus in MP4 and WebM, and nothing else. */
const browser = (mimeType: string): string => {
  const [container = "", rest = ""] = mimeType.split(";");
  if (!/^(video|audio)\/(mp4|webm)$/.test(container)) return "";
  const codecs = /codecs="(.*)"/.exec(rest)?.[1]?.split(", ") ?? [];
  if (codecs.length === 0) return "maybe";
  return codecs.every((codec) => /^(avc1|mp4a|vp09|opus)/.test(codec)) ? "probably" : "";
};

test.each([
  ["H.264 with AAC in MP4", {}, "plays"],
  ["VP9 with Opus in WebM", { mime_type: "video/webm", codecs: "vp09.00.40.08, opus" }, "plays"],
  ["HEVC in MP4", { codecs: "hvc1.1.6.L93.B0, mp4a.40.2" }, "cannot"],
  ["known codecs in Matroska", { mime_type: "video/x-matroska", container: "matroska" }, "perhaps"],
  ["known codecs in QuickTime", { mime_type: "video/quicktime", container: "mov" }, "perhaps"],
  ["known codecs in AVI", { mime_type: "video/x-msvideo", container: "avi" }, "cannot"],
  ["an MP4 nobody could look into", { codecs: null }, "perhaps"],
  ["an AVI nobody could look into", { codecs: null, mime_type: "video/x-msvideo" }, "cannot"],
  ["an empty list of codecs is an unknown one", { codecs: " , " }, "perhaps"],
])("%s", (_, change, verdict) => {
  expect(playability(file(change), browser).verdict).toBe(verdict);
});

test("the reason names every codec that is missing, and only those", () => {
  const answer = playability(file({ codecs: "hvc1.1.6.L93.B0, ac-3" }), browser);
  expect(answer).toEqual({
    verdict: "cannot",
    reason: "This browser has no decoder for HEVC (H.265) and Dolby Digital (AC-3).",
  });
  const video = playability(file({ codecs: "hvc1.1.6.L93.B0, mp4a.40.2" }), browser);
  expect(video).toEqual({ verdict: "cannot", reason: "This browser has no decoder for HEVC (H.265)." });
});
