import { expect, test } from "vitest";
import { file } from "../test-titles";
import { bufferedAhead_s, type MediaFacts } from "./media-facts";
import { ReceivedRate, statsOf } from "./playback-stats";

const facts = (change: Partial<MediaFacts> = {}): MediaFacts => ({
  position_s: 10,
  duration_s: 80,
  buffered: [{ start_s: 0, end_s: 30 }],
  isPaused: false,
  hasEnded: false,
  isWaiting: false,
  volume: 1,
  isMuted: false,
  speed: 1,
  ...change,
});

test.each([
  ["inside a stretch", 10, 20],
  ["at its end", 30, 0],
  ["in a hole", 35, 0],
  ["in the second", 45, 5],
  ["a frame before it", 39.95, 10.05],
])("buffered ahead: %s", (_, position_s, ahead_s) => {
  const buffered = [
    { start_s: 0, end_s: 30 },
    { start_s: 40, end_s: 50 },
  ];
  expect(bufferedAhead_s(buffered, position_s)).toBeCloseTo(ahead_s);
});

test("everything is told that is known", () => {
  const pictures = {
    width: 1280,
    height: 720,
    quality: { totalVideoFrames: 240, droppedVideoFrames: 3 },
  };
  const shown = { width: 640, height: 360, pixelRatio: 2 };
  expect(statsOf(file(), facts({ speed: 1.5 }), pictures, shown, 400_000)).toEqual([
    ["Source", "film.mp4"],
    ["Format", "MP4: H.264, AAC (avc1.64001f, mp4a.40.2)"],
    ["Size", "1.0 MB, 100 kbit/s on average"],
    ["Picture", "1280 × 720"],
    ["Shown", "1280 × 720"],
    ["Position", "0:10 of 1:20 at 1.5×"],
    ["Buffer", "20.0 s ahead, about 250 kB"],
    ["Received", "about 400 kbit/s"],
    ["Frames", "3 dropped of 240"],
  ]);
});

test("what is not known is not made up", () => {
  const told = Object.fromEntries(
    statsOf(
      file({ video_codec: null, audio_codec: null, codecs: null }),
      facts({ duration_s: 0 }),
      { width: 0, height: 0, quality: null },
      { width: 1, height: 1, pixelRatio: 1 },
      null,
    ),
  );
  expect(told).toMatchObject({
    Format: "MP4: not known",
    Size: "1.0 MB",
    Picture: "not known",
    Buffer: "20.0 s ahead",
    Received: "not known",
    Frames: "not known",
  });
});

test("the rate is the growth of what is there", () => {
  const rate = new ReceivedRate();
  const look = (at_ms: number, end_s: number) =>
    rate.observe(at_ms, file(), facts({ buffered: [{ start_s: 0, end_s }] }));
  expect(look(0, 10)).toBeNull();
  expect(look(1_000, 14)).toBeCloseTo(400_000);
  expect(look(3_000, 16)).toBeCloseTo(100_000);
  expect(look(4_000, 16)).toBe(0);
  // Given up by the browser: nothing can be told.
  expect(look(5_000, 12)).toBeNull();
  expect(look(5_000, 13)).toBeNull();
});
