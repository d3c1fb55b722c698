/** Takes the pictures of docs/images from the running demo: every page on a phone, a laptop and a television. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { launch, sizes } from "./support/browser.mjs";
import { startServer, titlesOf } from "./support/server.mjs";

const QUALITY_PERCENT = 82;
const SETTLE_MS = 1_200;
/** Until there is something to see in the charts of the live page. */
const LIVE_MS = 100_000;

/** So slow that films of some seconds are sent for a while. */
const SLOWLY = `[limits]
loopback_is_exempt = false
bytes_per_second_per_address_max = 400000
`;

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const demo = fileURLToPath(new URL("../../media/demo/", import.meta.url));

const server = await startServer();
const browser = await launch();
try {
  const films = await titlesOf(server.base, "film");
  const [series] = await titlesOf(server.base, "series");
  const playable = films.filter(({ files }) => ["h264", "vp9"].includes(files[0]?.video_codec));
  const [watched] = playable;
  await leaveMarks([...playable.slice(0, 3), ...(await titlesOf(server.base, "episode")).slice(0, 1)]);
  const pages = {
    home: "/",
    title: `/title/${(series ?? watched).id}`,
    watch: `/watch/${watched.id}`,
    films: "/films",
    search: "/search?q=t",
    scans: "/scans",
  };
  await mkdir(images, { recursive: true });
  for (const [size, viewport] of Object.entries(sizes)) {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(server.base + path, { waitUntil: "load" });
      if (name === "watch") await hold(page);
      await page.waitForTimeout(SETTLE_MS);
      await untilPicturesAreThere(page);
      await shoot(page, `${name}-${size}`);
    }
    await context.close();
  }
  await shootLive();
} finally {
  await browser.close();
  await server.dispose();
}

function shoot(page, name) {
  return page.screenshot({ path: join(images, `${name}.jpg`), type: "jpeg", quality: QUALITY_PERCENT });
}

/** The live page of a server from which some people watch, one after the other beginning. */
async function shootLive() {
  const folder = await mkdtemp(join(tmpdir(), "spillway-live-"));
  const config = join(folder, "slowly.toml");
  await writeFile(config, SLOWLY);
  const media = ["films", "series"].flatMap((name) => ["--media", join(demo, name)]);
  const slow = await startServer({ command: ["serve", "--config", config, ...media] });
  const end = new AbortController();
  try {
    const files = (await titlesOf(slow.base, "film")).map(({ files }) => slow.base + files[0].url);
    const viewers = files.slice(0, 6).map((url, index) => keepWatching(url, index, end.signal));
    const page = await browser.newPage({ viewport: sizes.laptop, reducedMotion: "reduce" });
    await page.goto(`${slow.base}/live`);
    await page.waitForTimeout(LIVE_MS);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      await page.waitForTimeout(2 * SETTLE_MS);
      await shoot(page, `live-${size}`);
    }
    end.abort();
    await Promise.all(viewers);
  } finally {
    end.abort();
    await slow.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes a film again and again, until the end. */
async function keepWatching(url, index, signal) {
  try {
    await delay(index * 9_000, undefined, { signal });
    while (!signal.aborted) await (await fetch(url, { signal })).arrayBuffer();
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

/** Some titles have been begun, so that there is something to go on with. */
async function leaveMarks(titles) {
  for (const [index, { id, duration_ms }] of titles.entries()) {
    await fetch(`${server.base}/api/v1/titles/${id}/progress`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ position_ms: Math.round(duration_ms * (0.25 + 0.2 * index)), duration_ms }),
    });
  }
}

/** Pictures out of sight are fetched when they come near, so only those in sight are waited for, also decoded. */
async function untilPicturesAreThere(page) {
  await page.waitForFunction(() =>
    [...document.images].every(
      ({ complete, y }) => complete || y > document.documentElement.scrollTop + innerHeight,
    ),
  );
  await page.evaluate(() =>
    Promise.all([...document.images].filter(({ complete }) => complete).map((image) => image.decode())),
  );
  await page.waitForTimeout(SETTLE_MS);
}

/** Shows a frame from the midst of the film, with the controls. */
async function hold(page) {
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
  await page.locator("video").evaluate((video) => {
    video.pause();
    video.currentTime = video.duration * 0.45;
  });
}
