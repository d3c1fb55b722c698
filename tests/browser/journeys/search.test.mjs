/** Searching as one types. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
let film;
let episode;

before(async () => {
  server = await startServer();
  browser = await launch();
  [film] = await titlesOf(server.base, "film");
  [episode] = await titlesOf(server.base, "episode");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

const field = (page) => page.getByRole("searchbox");

test("results come while typing, of all kinds, and the address can be shared", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("link", { name: "More info" }).waitFor();
    await page.keyboard.press("/");
    await field(page).waitFor();
    await page.keyboard.type(film.name.slice(0, 6), { delay: 30 });
    await page
      .getByRole("main")
      .getByRole("link", { name: new RegExp(film.name) })
      .first()
      .waitFor();
    await page.waitForURL((url) => url.searchParams.get("q") === film.name.slice(0, 6).trim());
    await auditAtAllSizes(page);
    await field(page).fill(episode.name);
    await page
      .getByRole("main")
      .getByRole("link", { name: new RegExp(episode.name) })
      .first()
      .waitFor();
    await page.reload();
    assert.equal(await field(page).inputValue(), episode.name);
    await page
      .getByRole("main")
      .getByRole("link", { name: new RegExp(episode.name) })
      .first()
      .waitFor();
  });
});

test("a slower, older answer never replaces a newer one", async () => {
  await withPage(browser, server.base, "/search", async (page) => {
    let first = true;
    await page.route("**/api/v1/search?*", async (route) => {
      if (first) {
        first = false;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
      await route.continue().catch(() => undefined);
    });
    await field(page).fill("zzzzzz");
    await page.waitForURL("**/search?q=zzzzzz");
    await field(page).fill(film.name);
    await page
      .getByRole("main")
      .getByRole("link", { name: new RegExp(film.name) })
      .first()
      .waitFor();
    await page.waitForTimeout(1_800);
    assert.equal(await page.getByText(/Nothing found/).count(), 0);
  });
});

test("nothing found is said in words", async () => {
  await withPage(browser, server.base, "/search?q=qqqqzzzz", async (page) => {
    await page.getByRole("heading", { name: "Nothing found for “qqqqzzzz”" }).waitFor();
    await auditAtAllSizes(page);
  });
});

test("before anything is typed the genres are a way in", async () => {
  await withPage(browser, server.base, "/search", async (page) => {
    await page.getByRole("region", { name: "Genres" }).getByRole("link").first().click();
    await page.waitForURL("**/genre/**");
    await page.locator(".title-list a").first().waitFor();
  });
});

test("a search that fails says so, and works when tried again", async () => {
  await withPage(
    browser,
    server.base,
    "/",
    async (page) => {
      await page.route("**/api/v1/search?*", (route) =>
        route.fulfill({
          status: 503,
          contentType: "application/problem+json",
          body: '{"detail":"The catalog is busy."}',
        }),
      );
      await page.goto(`${server.base}/search?q=${encodeURIComponent(film.name)}`);
      await page.getByRole("alert").getByText("The catalog is busy.").waitFor();
      await auditAtAllSizes(page);
      await page.unroute("**/api/v1/search?*");
      await page.getByRole("button", { name: "Try again" }).click();
      await page
        .getByRole("main")
        .getByRole("link", { name: new RegExp(film.name) })
        .first()
        .waitFor();
    },
    { expected: [/503/] },
  );
});
