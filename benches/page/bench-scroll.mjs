/** How smoothly a list of 100,000 films scrolls, and what the page holds of it. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../../tests/browser/support/browser.mjs";
import { startServer } from "../../tests/browser/support/server.mjs";
import { createRunFolder, saidBy } from "./run-folder.mjs";

const FILMS = 100_000;
const SCAN_WAIT_MS = 600_000;
const VIEWPORT = { width: 1366, height: 768 };
/** From reading along to flinging. */
const SPEEDS = [800, 3_000, 12_000, 50_000];
const ROUNDS = 3;
const SCROLL_S = 8;
const SETTLE_MS = 2_000;
const JUMPS = 200;
const JUMP_WAIT_MS = 100;
const FRAMES_MIN = 50;
const HEAP_GROWTH_MAX = 1.5;

const setting = `${FILMS} films, ${VIEWPORT.width} × ${VIEWPORT.height}, Chromium without a graphics processor, on the processors that also serve.
The list of films is scrolled by gestures of ${SCROLL_S} s at ${SPEEDS.join(", ")} pixels a second, each from another place, ${ROUNDS} rounds; frames are those that the
browser's trace says were drawn (DrawFrame), counted in each stretch of one second, begun every tenth of one. Memory: the heap after a collection and the elements of the page, before and after
${JUMPS} jumps over the whole list`;

const media = await mkdtemp(join(tmpdir(), "spillway-scroll-"));
// Pictures made ahead would be work of another benchmark.
const configuration = join(media, "..", `${media.split("/").at(-1)}.toml`);
await writeFile(
  configuration,
  "[thumbnails]\nahead_processor_s_per_hour = 0\n[limits]\napi_requests_per_second_per_address_max = 10000\n",
);
let server;
let browser;
try {
  execFileSync(process.env.WRITE_FILMS_BIN, [media, String(FILMS)]);
  server = await startServer({
    command: ["serve", "--config", configuration, "--media", media],
    scanWait_ms: SCAN_WAIT_MS,
  });
  browser = await launch();
  const run = createRunFolder({
    name: "scroll",
    command: "make bench-scroll",
    setting,
    versions: [saidBy("node", "--version"), `Chromium ${browser.version()}`],
  });
  const { scrolls, held } = await measure();
  const frames = scrolls.flatMap(({ speed, round, seconds }) =>
    seconds.map((count, index) => `${speed},${round},${(index / 10).toFixed(1)},${count}\n`),
  );
  run.write("raw.csv", `pixels_per_second,round,from_s,frames\n${frames.join("")}`);
  const summary = summaryOf(scrolls, held);
  run.write("summary.md", summary);
  console.log(summary);
} finally {
  await browser?.close();
  await server?.dispose();
  await rm(media, { recursive: true, force: true });
  await rm(configuration, { force: true });
}

async function measure() {
  const context = await browser.newContext({ viewport: VIEWPORT, serviceWorkers: "block" });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await page.goto(`${server.base}/films`);
  await page.locator(".title-list a").first().waitFor();
  const before = await heldBy(page, client);
  const scrolls = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, speed] of SPEEDS.entries()) {
      await jumpTo(page, (round * SPEEDS.length + index) / (ROUNDS * SPEEDS.length));
      await page.waitForTimeout(SETTLE_MS);
      scrolls.push({ speed, round, seconds: await framesOf(page, () => scroll(client, speed)) });
    }
  }
  for (let jump = 0; jump < JUMPS; jump++) {
    await jumpTo(page, (jump * 0.618) % 1);
    await page.waitForTimeout(JUMP_WAIT_MS);
  }
  await page.waitForTimeout(SETTLE_MS);
  return { scrolls, held: { before, after: await heldBy(page, client) } };
}

function jumpTo(page, share) {
  return page.evaluate(
    (share) => scrollTo(0, share * (document.documentElement.scrollHeight - innerHeight)),
    share,
  );
}

function scroll(client, speed) {
  return client.send("Input.synthesizeScrollGesture", {
    x: VIEWPORT.width / 2,
    y: VIEWPORT.height / 2,
    yDistance: -speed * SCROLL_S,
    speed,
    gestureSourceType: "mouse",
  });
}

/** Frames in each second of `action`, a new second every tenth. */
async function framesOf(page, action) {
  await browser.startTracing(page, {
    categories: ["disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame"],
  });
  await action();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const drawn_us = traceEvents
    .filter(({ name }) => name === "DrawFrame")
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const [first_us, last_us] = [drawn_us[0] ?? 0, drawn_us.at(-1) ?? 0];
  const counts = [];
  for (let from_us = first_us; from_us + 1e6 <= last_us; from_us += 1e5) {
    counts.push(drawn_us.filter((at_us) => at_us >= from_us && at_us < from_us + 1e6).length);
  }
  return counts;
}

async function heldBy(page, client) {
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  return { heap_bytes: usedSize, elements };
}

function summaryOf(scrolls, { before, after }) {
  const of_speed = (speed) =>
    scrolls
      .filter((scroll) => scroll.speed === speed)
      .flatMap(({ seconds }) => seconds)
      .sort((a, b) => a - b);
  const rows = SPEEDS.map((speed) => {
    const counts = of_speed(speed);
    return `| ${speed} | ${counts[0]} | ${counts[counts.length >> 1]} | ${counts.length} |`;
  });
  const least = Math.min(...SPEEDS.map((speed) => of_speed(speed)[0] ?? 0));
  const growth = after.heap_bytes / before.heap_bytes;
  const holds = (does) => (does ? "holds" : "does not hold");
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  return `# A list of 100,000 films

${setting}.

| pixels a second | frames in the worst second | median | seconds looked at |
| --- | --- | --- | --- |
${rows.join("\n")}

| | before | after ${JUMPS} jumps |
| --- | --- | --- |
| heap, MB | ${megabytes(before.heap_bytes)} | ${megabytes(after.heap_bytes)} |
| elements | ${before.elements} | ${after.elements} |

- at least ${FRAMES_MIN} frames in every second: ${least}, ${holds(least >= FRAMES_MIN)}
- the heap after it at most ${HEAP_GROWTH_MAX} × of before: ${growth.toFixed(2)}, ${holds(growth <= HEAP_GROWTH_MAX)}
`;
}
