/** The home page: little is asked for, rows are kept as they were left, and the featured title moves after a while. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, focusedName, launch, sizes, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

test("the home page asks the server three questions at most", async () => {
  await withPage(browser, server.base, "/nowhere", async (page) => {
    const asked = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/v1/") && request.resourceType() === "fetch") asked.push(pathname);
    });
    await page.goto(server.base);
    await page.getByRole("link", { name: "More info" }).waitFor();
    await page.waitForTimeout(1_000);
    assert.ok(asked.length <= 3, `asked for ${asked}`);
  });
});

test("going back finds the rows where they were left", async () => {
  for (const size of Object.keys(sizes)) {
    await withPage(
      browser,
      server.base,
      "/",
      async (page) => {
        const row = page.getByRole("region", { name: "Films", exact: true });
        await row.scrollIntoViewIfNeeded();
        await row.locator(".title-row-track").evaluate((track) => {
          track.style.scrollBehavior = "auto";
          track.scrollLeft = 400;
        });
        await page.waitForTimeout(300);
        const place = () =>
          page.evaluate(() => ({
            top: Math.round(scrollY),
            left: Math.round(document.querySelector('[data-track="films"]').scrollLeft),
          }));
        const left = await place();
        const card = row.getByRole("link").nth(5);
        await card.focus();
        const before = await place();
        assert.ok(Math.abs(before.top - left.top) < 400);
        const name = await focusedName(page);
        await page.keyboard.press("Enter");
        await page.waitForURL(/\/title\//);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.goBack();
        await page.waitForFunction((name) => document.activeElement?.textContent?.trim() === name, name);
        assert.deepEqual(await place(), before);
      },
      { size },
    );
  }
});

/** Has the pictures made that the featured title may show; a server that was not built for speed takes its time. */
async function makePictures() {
  const { featured } = await (await fetch(`${server.base}/api/v1/home`)).json();
  for (const { id } of featured) {
    const detail = await (await fetch(`${server.base}/api/v1/titles/${id}`)).json();
    const [file] = detail.files.length > 0 ? detail.files : (detail.next_episode?.files ?? []);
    if (file === undefined) continue;
    for (const part of ["storyboard.vtt", "storyboard/0"]) {
      const ask = () => fetch(`${server.base}/api/v1/files/${file.id}/${part}`);
      for (let round = 0; round < 30 && (await ask()).status === 503; round += 1)
        await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

test("who looks at the featured title for a moment sees it move, and can stop that", async () => {
  await makePictures();
  await withPage(
    browser,
    server.base,
    "/",
    async (page) => {
      const stop = page.getByRole("button", { name: "Stop the preview" });
      await page.getByRole("link", { name: "More info" }).waitFor();
      assert.equal(await page.locator(".hero-preview canvas").count(), 0);
      await stop.waitFor();
      const shownAt = () => page.locator(".hero-preview-picture").last().getAttribute("data-position-ms");
      const first = await shownAt();
      await page.waitForFunction(
        (first) =>
          [...document.querySelectorAll(".hero-preview-picture")].at(-1)?.dataset.positionMs !== first,
        first,
      );
      await audit(page);
      await stop.click();
      await page.locator(".hero-preview").waitFor({ state: "detached" });
    },
    { motion: "no-preference" },
  );
});

test("the featured title stays still for who wants no motion or saves data", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("link", { name: "More info" }).waitFor();
    await page.waitForTimeout(3_500);
    assert.equal(await page.locator(".hero-preview").count(), 0);
  });
  await withPage(
    browser,
    server.base,
    "/nowhere",
    async (page) => {
      await page.addInitScript(() => {
        Object.defineProperty(navigator, "connection", { value: { saveData: true } });
      });
      await page.goto(server.base);
      await page.getByRole("link", { name: "More info" }).waitFor();
      await page.waitForTimeout(3_500);
      assert.equal(await page.locator(".hero-preview").count(), 0);
    },
    { motion: "no-preference" },
  );
});

test("each row leads to all of its titles", async () => {
  const films = await titlesOf(server.base, "film");
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("link", { name: "More info" }).waitFor();
    const links = await page.evaluate(() =>
      [...document.querySelectorAll(".title-row-name a")].map((link) => link.getAttribute("href")),
    );
    assert.ok(links.includes("/films") && links.includes("/series"));
    for (const href of links) {
      await page.goto(server.base + href);
      await page.locator(".title-list a").first().waitFor();
    }
    assert.ok(films.length > 0);
  });
});
