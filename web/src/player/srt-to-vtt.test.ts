import { expect, test } from "vitest";
import { srtToVtt } from "./srt-to-vtt";

test.each([
  ["nothing", "", "WEBVTT\n"],
  [
    "one cue",
    "1\n00:00:01,000 --> 00:00:02,500\nHello\n",
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello\n",
  ],
  [
    "carriage returns and a byte order mark",
    "\uFEFF1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\nthere\r\n\r\n",
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\nthere\n",
  ],
  [
    "missing numbers, short fractions, full stops, hours of one digit",
    "0:00:01,5 --> 0:00:02.25\nHello",
    "WEBVTT\n\n00:00:01.500 --> 00:00:02.250\nHello\n",
  ],
  [
    "italics stay, other tags and style codes go",
    "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>Hello</i> <font color=red>there</font>",
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>Hello</i> there\n",
  ],
  [
    "what WebVTT would read as markup is escaped",
    "1\n00:00:01,000 --> 00:00:02,000\nTom & Anna, 1 < 2 --> 3",
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nTom &amp; Anna, 1 &lt; 2 --&gt; 3\n",
  ],
  ["a cue with unreadable times is left out", "1\nsoon --> later\nHello", "WEBVTT\n"],
  ["a cue without text is left out", "1\n00:00:01,000 --> 00:00:02,000\n\n2\n", "WEBVTT\n"],
  [
    "two cues",
    "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB",
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nA\n\n00:00:03.000 --> 00:00:04.000\nB\n",
  ],
])("%s", (_, srt, vtt) => {
  expect(srtToVtt(srt)).toBe(vtt);
});
