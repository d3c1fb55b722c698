/** Looking into films: frames on cards and over the time line are those of the film, compared by their pixels. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, launch, sizes, withPage } from "../support/browser.mjs";
import { assertShows, difference, screenshotOf, thumbnailOf } from "../support/pictures.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
let film;
let file;

/** Every Chromium plays it, and its sky changes from scene to scene. */
const FILM = "The Long Aurora";

/** Two shares of it whose pictures are clearly different; each comparison says if that is no longer so. */
const MOMENTS = [0.4, 0.9];

before(async () => {
  server = await startServer();
  browser = await launch();
  const films = await titlesOf(server.base, "film");
  film = films.find(({ name }) => name === FILM);
  [file] = film.files;
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

const isPicture = (url) => new URL(url).pathname.includes("/storyboard");

/** Paths of the storyboard that the page has asked for. */
function picturesAskedBy(page) {
  const asked = [];
  page.on("request", (request) => {
    if (isPicture(request.url())) asked.push(new URL(request.url()).pathname);
  });
  return asked;
}

const cardOf = (page, name) => page.locator(".title-card").filter({ hasText: name }).first();

/** The frame on a card, once it has appeared. */
async function cardFrame(page) {
  const frame = page.locator(".card-preview-picture").last();
  await frame.waitFor();
  await settled(page);
  return { frame, position_ms: Number(await frame.getAttribute("data-position-ms")) };
}

/** What appears has appeared; what breathes for ever is not waited for. */
const settled = (page) =>
  page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished),
    ),
  );

/** A moment that looks different from `position_ms`, far away from it. */
async function otherMoment(position_ms) {
  const right = await thumbnailOf(server.base, file.id, position_ms);
  let best = { position_ms, by: 0 };
  for (let step = 0; step < 8; step += 1) {
    const candidate_ms = (file.duration_ms * step) / 8;
    const by = await difference(browser, right, await thumbnailOf(server.base, file.id, candidate_ms));
    if (by > best.by) best = { position_ms: candidate_ms, by };
  }
  return best.position_ms;
}

/** Opens the film, paused, with its length known. */
async function hold(page) {
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2);
  await page.locator("video").evaluate((video) => video.pause());
}

/** Middle of the time line at a share of it, in pixels of the page. */
async function placeOnLine(page, share) {
  const { x, y, width, height } = await page.locator(".seek-bar-line").boundingBox();
  return [x + width * share, y + height / 2];
}

test("who stays on a card sees a frame of the film; who passes over it asks for nothing", async () => {
  for (const size of Object.keys(sizes)) {
    await withPage(
      browser,
      server.base,
      "/films",
      async (page) => {
        const asked = picturesAskedBy(page);
        const card = cardOf(page, film.name);
        await card.scrollIntoViewIfNeeded();
        await card.hover();
        await page.waitForTimeout(300);
        await page.mouse.move(0, 0);
        await page.waitForTimeout(600);
        assert.deepEqual(asked, [], "passing over a card asked for pictures");

        await card.hover();
        const { frame, position_ms } = await cardFrame(page);
        assert.ok(position_ms > 0 && position_ms < file.duration_ms / 2, `it begins at ${position_ms} ms`);
        await assertShows(browser, await screenshotOf(frame), {
          base: server.base,
          fileId: file.id,
          right_ms: position_ms,
          wrong_ms: await otherMoment(position_ms),
        });
        await audit(page);

        // Less motion is one frame.
        await page.waitForTimeout(1_500);
        assert.equal((await cardFrame(page)).position_ms, position_ms);
        await page.mouse.move(0, 0);
        await page.locator(".card-preview").waitFor({ state: "detached" });
      },
      { size },
    );
  }
});

test("frames follow one another, on one card at a time", async () => {
  await withPage(
    browser,
    server.base,
    "/films",
    async (page) => {
      await cardOf(page, film.name).hover();
      const first = await cardFrame(page);
      await page.waitForFunction(
        (before) =>
          Number([...document.querySelectorAll(".card-preview-picture")].at(-1)?.dataset.positionMs) > before,
        first.position_ms,
      );
      const second = await cardFrame(page);
      await assertShows(browser, await screenshotOf(second.frame), {
        base: server.base,
        fileId: file.id,
        right_ms: second.position_ms,
        wrong_ms: await otherMoment(second.position_ms),
      });
      const other = page.locator(".title-card").filter({ hasNotText: film.name }).first();
      await other.focus();
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Tab");
      await other.locator(".card-preview").waitFor();
      assert.equal(await page.locator(".card-preview").count(), 1);
    },
    { motion: "no-preference" },
  );
});

test("the focus of keys looks into a film, too, and a series stays as it is", async () => {
  const [series] = await titlesOf(server.base, "series");
  await withPage(browser, server.base, "/films", async (page) => {
    await cardOf(page, film.name).waitFor();
    await page.getByLabel("Sort by").focus();
    const isOnCard = () =>
      page.evaluate((name) => document.activeElement?.textContent?.includes(name) ?? false, film.name);
    for (let press = 0; press < 20 && !(await isOnCard()); press += 1) await page.keyboard.press("Tab");
    await cardOf(page, film.name).locator(".card-preview").waitFor();
    await page.keyboard.press("Tab");
    await cardOf(page, film.name).locator(".card-preview").waitFor({ state: "detached" });
  });
  await withPage(browser, server.base, "/series", async (page) => {
    const asked = picturesAskedBy(page);
    await cardOf(page, series.name).hover();
    await page.waitForTimeout(900);
    assert.deepEqual(asked, []);
  });
});

test("episodes in a season's list are looked into, too", async () => {
  const [series] = await titlesOf(server.base, "series");
  await withPage(browser, server.base, `/title/${series.id}`, async (page) => {
    await page.locator(".episode-art").first().hover();
    await page.locator(".episode-art .card-preview-picture").waitFor();
    await auditAtAllSizes(page);
  });
});

test("the time line shows the frame of the place the pointer is at, at every size", async () => {
  for (const size of Object.keys(sizes)) {
    await withPage(
      browser,
      server.base,
      `/watch/${film.id}?at=0`,
      async (page) => {
        const asked = picturesAskedBy(page);
        await hold(page);
        assert.deepEqual(asked, [], "nobody has looked at the time line yet");
        for (const [share, wrongShare] of [MOMENTS, MOMENTS.toReversed()]) {
          await page.mouse.move(...(await placeOnLine(page, share)));
          await assertPreview(page, share, wrongShare);
        }
        assert.equal(asked.length, 2, `one list and one sheet: ${asked}`);
        await audit(page);
      },
      { size },
    );
  }
});

/** The preview shows the time and the frame of a share of the film, and not those of another. */
async function assertPreview(page, share, wrongShare) {
  const preview = page.locator(".seek-preview");
  const picture = preview.locator("canvas");
  await page.waitForFunction(
    (expected_s) => {
      const told = document.querySelector(".seek-preview-time")?.textContent ?? "";
      const [minutes, seconds] = told.split(":").map(Number);
      return Math.abs(minutes * 60 + seconds - expected_s) <= 1;
    },
    (file.duration_ms / 1000) * share,
  );
  await picture.waitFor();
  await settled(page);
  await assertShows(browser, await screenshotOf(picture), {
    base: server.base,
    fileId: file.id,
    right_ms: file.duration_ms * share,
    wrong_ms: file.duration_ms * wrongShare,
  });
  const [box, frame] = [await preview.boundingBox(), page.viewportSize()];
  assert.ok(box.x >= 0 && box.x + box.width <= frame.width, "the preview stays on the screen");
}

test("dragging along the time line shows each place, and goes where it ends", async () => {
  await withPage(browser, server.base, `/watch/${film.id}?at=0`, async (page) => {
    await hold(page);
    const currentTime = () => page.locator("video").evaluate((video) => video.currentTime);
    await page.mouse.move(...(await placeOnLine(page, 0.02)));
    await page.mouse.down();
    for (const [share, wrongShare] of [MOMENTS, MOMENTS.toReversed()]) {
      await page.mouse.move(...(await placeOnLine(page, share)), { steps: 8 });
      await assertPreview(page, share, wrongShare);
      assert.ok((await currentTime()) < 1, "a drag only aims");
    }
    await page.mouse.up();
    const expected_s = (file.duration_ms / 1000) * MOMENTS[1];
    await page.waitForFunction(
      (expected_s) => Math.abs(document.querySelector("video").currentTime - expected_s) < 0.3,
      expected_s,
    );
    // At both ends it stays on the screen.
    for (const share of [0, 1]) {
      await page.mouse.move(...(await placeOnLine(page, share)));
      const { x, width } = await page.locator(".seek-preview").boundingBox();
      assert.ok(x >= 0 && x + width <= page.viewportSize().width, `at ${share} it begins at ${x}`);
    }
  });
});

test("a finger drags along the time line as a mouse does, and leaves nothing behind", async () => {
  await withPage(
    browser,
    server.base,
    `/watch/${film.id}?at=0`,
    async (page) => {
      await hold(page);
      const session = await page.context().newCDPSession(page);
      const touch = async (type, share) => {
        const [x, y] = share === null ? [] : await placeOnLine(page, share);
        await session.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: share === null ? [] : [{ x, y }],
        });
      };
      await touch("touchStart", 0.02);
      for (const share of [0.2, MOMENTS[0]]) await touch("touchMove", share);
      await assertPreview(page, ...MOMENTS);
      await touch("touchEnd", null);
      const expected_s = (file.duration_ms / 1000) * MOMENTS[0];
      await page.waitForFunction(
        (expected_s) => Math.abs(document.querySelector("video").currentTime - expected_s) < 0.3,
        expected_s,
      );
      await page.locator(".seek-preview").waitFor({ state: "detached" });
    },
    { size: "phone" },
  );
});

test("keys move along the time line, which tells where it is and shows it for a while", async () => {
  await withPage(browser, server.base, `/watch/${film.id}?at=0`, async (page) => {
    await hold(page);
    const line = page.getByRole("slider", { name: "Seek" });
    await line.focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => Math.abs(document.querySelector("video").currentTime - 10) < 0.3);
    await page.waitForFunction(() =>
      document.querySelector('input[type="range"]').getAttribute("aria-valuetext").startsWith("0:10 of "),
    );
    await page.locator(".seek-preview canvas").waitFor();
    await page.locator(".seek-preview").waitFor({ state: "detached" });
    await page.keyboard.press("End");
    await page.waitForFunction(() => {
      const { currentTime, duration } = document.querySelector("video");
      return currentTime > duration - 1.5;
    });
    await page.keyboard.press("Home");
    await page.waitForFunction(() => document.querySelector("video").currentTime < 0.3);
    await page.keyboard.press(" ");
    await page.waitForFunction(() => !document.querySelector("video").paused);
    // The whole stage, so that the time line is there too.
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement?.matches(".watch"));
    await page.getByRole("button", { name: "Leave full screen" }).click();
    await page.waitForFunction(() => document.fullscreenElement === null);
  });
});

test("without a storyboard there is the time alone, and posters stay", async () => {
  for (const status of [404, 503]) {
    await withPage(
      browser,
      server.base,
      "/nowhere",
      async (page) => {
        const asked = picturesAskedBy(page);
        await page.route("**/storyboard**", (route) =>
          route.fulfill({ status, headers: { "Retry-After": "1" }, contentType: "text/html", body: "" }),
        );
        await page.goto(`${server.base}/watch/${film.id}?at=0`);
        await hold(page);
        await page.mouse.move(...(await placeOnLine(page, 0.5)));
        await page.locator(".seek-preview-time").waitFor();
        await page.waitForTimeout(status === 503 ? 5_000 : 500);
        assert.equal(await page.locator(".seek-preview canvas, .seek-preview-picture").count(), 0);
        assert.equal(asked.length, status === 503 ? 4 : 1, `asked ${asked}`);
        await auditAtAllSizes(page);

        await page.goto(`${server.base}/films`);
        await cardOf(page, film.name).hover();
        await page.waitForTimeout(1_500);
        assert.equal(await page.locator(".card-preview").count(), 0);
        assert.ok(await cardOf(page, film.name).locator("img").isVisible());
      },
      { expected: [/404|503/] },
    );
  }
});

test("a server that was too busy is asked again, and the picture comes", async () => {
  await withPage(
    browser,
    server.base,
    "/nowhere",
    async (page) => {
      let answers = 0;
      await page.route("**/storyboard/*", async (route) => {
        answers += 1;
        if (answers > 1) await route.continue();
        else await route.fulfill({ status: 503, headers: { "Retry-After": "1" }, body: "" });
      });
      await page.goto(`${server.base}/watch/${film.id}?at=0`);
      await hold(page);
      await page.mouse.move(...(await placeOnLine(page, MOMENTS[0])));
      await assertPreview(page, ...MOMENTS);
      assert.equal(answers, 2);
    },
    { expected: [/404|503/] },
  );
});

test("controls leave the picture alone while a film plays, and come back at a touch", async () => {
  await withPage(browser, server.base, `/watch/${film.id}?at=0`, async (page) => {
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
    await page.locator("video").evaluate((video) => {
      video.muted = true;
      return video.play();
    });
    await page.locator(".watch.is-idle").waitFor();
    await page.mouse.move(200, 200);
    await page.locator(".watch:not(.is-idle)").waitFor();
  });
});
