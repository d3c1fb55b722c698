/** Takes the pictures of docs/images from the running demo: every page on a phone, a laptop and a television. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, sizes } from "./support/browser.mjs";
import { startServer, titlesOf } from "./support/server.mjs";

const QUALITY_PERCENT = 82;
const SETTLE_MS = 1_200;

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));

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
      await page.screenshot({
        path: join(images, `${name}-${size}.jpg`),
        type: "jpeg",
        quality: QUALITY_PERCENT,
      });
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.dispose();
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
