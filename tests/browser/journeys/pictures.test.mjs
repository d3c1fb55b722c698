/** Pictures of titles: real ones everywhere, as small as they are shown, and nothing jumps while they come. */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { auditAtAllSizes, launch, sizes, withPage } from "../support/browser.mjs";
import { artworkOf, difference, screenshotOf } from "../support/pictures.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

/** A picture on the screen and the same from the server, scaled and encoded each in its own way. */
const SAME_MAX = 6;

let server;
let browser;
let films;

before(async () => {
  server = await startServer();
  browser = await launch();
  films = await titlesOf(server.base, "film");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

/** Pictures in sight have come and have been drawn. */
async function untilPicturesAreThere(page) {
  await page.locator(".title-picture").first().waitFor();
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".title-picture")].every((image) => {
      const { top, left } = image.getBoundingClientRect();
      const isInSight = top < innerHeight && left < innerWidth;
      return !isInSight || image.classList.contains("is-loaded");
    }),
  );
  await page.waitForTimeout(100);
}

test("every film and series has a picture, and it is the one that belongs to it", async () => {
  await withPage(browser, server.base, "/films", async (page) => {
    await untilPicturesAreThere(page);
    assert.equal(await page.locator(".lettered-poster").count(), 0, "a film has no picture");
    for (const { name, poster_url } of films.slice(0, 3)) {
      const art = page.locator(".title-card").filter({ hasText: name }).locator(".poster-art");
      await art.scrollIntoViewIfNeeded();
      await untilPicturesAreThere(page);
      const shown = await screenshotOf(art);
      const by = await difference(browser, shown, await artworkOf(server.base, poster_url));
      assert.ok(by < SAME_MAX, `${name} is ${by} from its poster`);
      const other = films.find((film) => film.name !== name && film.poster_url !== null);
      const away = await difference(browser, shown, await artworkOf(server.base, other.poster_url));
      assert.ok(away > 4 * SAME_MAX, `${name} is as near to the poster of ${other.name} (${away})`);
    }
  });
  const [series] = await titlesOf(server.base, "series");
  await withPage(browser, server.base, `/title/${series.id}`, async (page) => {
    await page.locator(".episodes").scrollIntoViewIfNeeded();
    await untilPicturesAreThere(page);
    assert.equal(await page.locator(".lettered-poster").count(), 0, "an episode has no picture");
  });
});

test("pictures are fetched about as wide as they are shown", async () => {
  for (const size of Object.keys(sizes)) {
    await withPage(
      browser,
      server.base,
      "/",
      async (page) => {
        await untilPicturesAreThere(page);
        const wrong = await page.evaluate(() =>
          [...document.querySelectorAll(".poster-art .title-picture.is-loaded")]
            .map((image) => ({
              url: image.currentSrc,
              asked: Number(new URL(image.currentSrc).searchParams.get("width")),
              shown: image.getBoundingClientRect().width,
            }))
            .filter(({ asked, shown }) => asked < shown * 0.8 || asked > shown * 2.6),
        );
        assert.deepEqual(wrong, []);
      },
      { size },
    );
  }
});

test("nothing jumps while pages and their pictures come", async () => {
  const [series] = await titlesOf(server.base, "series");
  for (const path of ["/", "/films", `/title/${films[0].id}`, `/title/${series.id}`]) {
    for (const size of Object.keys(sizes)) {
      await withPage(
        browser,
        server.base,
        "/scans",
        async (page) => {
          await page.addInitScript(() => {
            globalThis.shifts = [];
            new PerformanceObserver((list) => {
              for (const { value, sources } of list.getEntries()) {
                const names = sources.map(({ node }) => node?.className ?? node?.nodeName);
                globalThis.shifts.push(`${value.toFixed(4)}: ${names.join(", ")}`);
              }
            }).observe({ type: "layout-shift", buffered: true });
          });
          await page.goto(server.base + path);
          await untilPicturesAreThere(page);
          assert.deepEqual(await page.evaluate(() => globalThis.shifts), [], `${path} at ${size}`);
        },
        { size },
      );
    }
  }
});

test("until a picture is there, a blurred one of a few bytes keeps its place", async () => {
  // The server knows it once it has made the picture in some width.
  for (const { poster_url } of films.filter(({ poster_url }) => poster_url !== null)) {
    await artworkOf(server.base, `${poster_url}&width=320`);
  }
  await withPage(browser, server.base, "/nowhere", async (page) => {
    let open;
    const opened = new Promise((resolve) => {
      open = resolve;
    });
    await page.route("**/artwork/**", async (route) => {
      await opened;
      await route.continue();
    });
    await page.goto(`${server.base}/films`);
    const placeholders = page.locator(".poster-art .title-picture-placeholder");
    await placeholders.first().waitFor();
    assert.equal(await placeholders.count(), films.filter(({ poster_url }) => poster_url !== null).length);
    const film = films.find(({ poster_url }) => poster_url !== null);
    const art = page.locator(".title-card").filter({ hasText: film.name }).locator(".poster-art");
    const poster = await artworkOf(server.base, `${film.poster_url}&width=320`);
    const blurred = await difference(browser, await screenshotOf(art), poster);
    assert.ok(blurred < 40, `the placeholder of ${film.name} is ${blurred} from its poster`);
    const before = await art.boundingBox();
    await auditAtAllSizes(page);
    open();
    await untilPicturesAreThere(page);
    assert.deepEqual(await art.boundingBox(), before);
  });
});

test("a server that is too busy to make pictures smaller sends them as they are", async () => {
  await withPage(
    browser,
    server.base,
    "/nowhere",
    async (page) => {
      await page.route("**/artwork/**width=**", (route) => route.fulfill({ status: 503, body: "" }));
      await page.goto(`${server.base}/films`);
      await untilPicturesAreThere(page);
      assert.equal(await page.locator(".lettered-poster").count(), 0);
    },
    { expected: [/503/] },
  );
});

test("a film without artwork shows a picture of itself", async () => {
  const media = await mkdtemp(join(tmpdir(), "spillway-bare-"));
  const demo = fileURLToPath(new URL("../../../media/demo/films/", import.meta.url));
  await mkdir(join(media, "Bare (2021)"));
  const name = "The Long Aurora (2021)";
  await copyFile(join(demo, name, `${name}.mp4`), join(media, "Bare (2021)", "Bare (2021).mp4"));
  const bare = await startServer({ command: ["serve", "--media", media] });
  try {
    const [film] = await titlesOf(bare.base, "film");
    assert.equal(film.poster_url, null);
    for (const path of ["/films", `/title/${film.id}`, "/"]) {
      await withPage(browser, bare.base, path, async (page) => {
        await untilPicturesAreThere(page);
        assert.equal(await page.locator(".lettered-poster").count(), 0, `${path} has no picture`);
        const shown = await screenshotOf(page.locator(".poster-art").first());
        const by = await difference(
          browser,
          shown,
          await artworkOf(bare.base, `${film.still_url}&width=320`),
        );
        assert.ok(by < SAME_MAX, `${path} is ${by} from the film's picture`);
        await auditAtAllSizes(page);
      });
    }
  } finally {
    await bare.dispose();
    await rm(media, { recursive: true, force: true });
  }
});
