/** Narrowing a list: filters and order are the address, so that going back, loading anew and sharing keep them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auditAtAllSizes, focusedName, launch, sizes, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

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

const cards = (page) => page.locator(".title-list a");

const countWords = (count) => (count === 1 ? "1 title" : `${count} titles`);

/** The list shows exactly so many titles. */
async function assertCount(page, count) {
  await page.getByText(countWords(count), { exact: true }).waitFor();
  await page.waitForFunction((count) => document.querySelectorAll(".title-list a").length === count, count);
}

test("filters narrow a list, lie in the address and are taken away singly", async () => {
  const genre = films.flatMap(({ genres }) => genres)[0];
  const ofGenre = films.filter(({ genres }) => genres.includes(genre));
  await withPage(browser, server.base, "/films", async (page) => {
    await assertCount(page, films.length);
    await page.getByRole("button", { name: "Filters" }).click();
    const panel = page.getByRole("region", { name: "Filters" });
    await panel.getByLabel("Genre").selectOption(genre);
    await page.waitForURL((url) => url.searchParams.get("genre") === genre);
    await assertCount(page, ofGenre.length);
    await auditAtAllSizes(page);
    await panel.getByRole("button", { name: /^Not watched/ }).click();
    await page.waitForURL((url) => url.searchParams.get("watched") === "unwatched");
    await page.reload();
    await assertCount(page, ofGenre.length);
    const on = page.getByRole("list", { name: "Filters that are on" });
    await on.getByRole("button", { name: `Remove the filter ${genre}` }).click();
    await page.waitForURL((url) => !url.searchParams.has("genre") && url.searchParams.has("watched"));
    await assertCount(page, films.length);
    await cards(page).first().click();
    await page.waitForURL("**/title/**");
    await page.goBack();
    await page.waitForURL((url) => url.searchParams.get("watched") === "unwatched");
    await assertCount(page, films.length);
    await on.getByRole("button", { name: "Remove the filter Not watched" }).click();
    await page.waitForURL(`${server.base}/films`);
  });
});

test("a decade, and any span of years", async () => {
  const year = films.find((film) => film.year !== null).year;
  const decade = year - (year % 10);
  const between = (min, max) => films.filter((film) => film.year >= min && film.year <= max).length;
  await withPage(browser, server.base, "/films", async (page) => {
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByLabel("Decade").selectOption(`${decade}s`);
    await assertCount(page, between(decade, decade + 9));
    await page.getByLabel("From year").fill(String(year));
    await page.getByLabel("Until year").fill(String(year));
    await page.getByLabel("Until year").press("Tab");
    await assertCount(page, between(year, year));
    await page.getByRole("button", { name: `Remove the filter ${year}` }).click();
    await assertCount(page, films.length);
  });
});

test("what a file is made of narrows a list, as the numbers beside the choices say", async () => {
  const choices = await (await fetch(`${server.base}/api/v1/filters?kind=film`)).json();
  await withPage(browser, server.base, "/films", async (page) => {
    for (const [parameter, values] of [
      ["resolution", choices.resolutions],
      ["video_codec", choices.video_codecs],
      ["language", choices.languages],
    ]) {
      for (const { value, titles } of values) {
        await page.goto(`${server.base}/films?${parameter}=${encodeURIComponent(value)}`);
        await assertCount(page, titles);
      }
    }
  });
});

test("nothing that matches is said calmly, with the way back", async () => {
  await withPage(browser, server.base, "/films?year_min=1700&year_max=1709", async (page) => {
    await page.getByRole("heading", { name: "No title is like that" }).waitFor();
    await auditAtAllSizes(page);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await assertCount(page, films.length);
  });
});

test("a list in any address shows something", async () => {
  for (const path of [
    "/films?sort=random&watched=perhaps&hdr=2",
    "/person/Nobody%20At%20All",
    "/genre/%F0%9F%8E%AC",
  ]) {
    await withPage(browser, server.base, path, async (page) => {
      await page.getByText(/^\d+ titles?$/).waitFor();
      await auditAtAllSizes(page);
    });
  }
});

test("the panel is worked by arrow keys alone", async () => {
  await withPage(
    browser,
    server.base,
    "/films",
    async (page) => {
      await cards(page).first().focus();
      await page.keyboard.press("ArrowUp");
      const toFilters = page.getByRole("button", { name: "Filters" });
      for (let press = 0; press < 6 && (await focusedName(page)) !== "Filters"; press += 1)
        await page.keyboard.press("ArrowRight");
      for (let press = 0; press < 6 && (await focusedName(page)) !== "Filters"; press += 1)
        await page.keyboard.press("ArrowLeft");
      assert.equal(await focusedName(page), "Filters");
      await page.keyboard.press("Enter");
      assert.equal(await toFilters.getAttribute("aria-expanded"), "true");
      await page.getByRole("button", { name: /^Not watched/ }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.waitForFunction(() => document.activeElement?.closest(".filter-panel") !== null);
      // A choice uses up and down itself; sideways lead out of it.
      const isIn = (selector) => page.evaluate((s) => document.activeElement?.closest(s) !== null, selector);
      for (let press = 0; press < 12 && !(await isIn(".title-list")); press += 1)
        await page.keyboard.press((await isIn("select")) ? "ArrowRight" : "ArrowDown");
      await page.waitForFunction(() => document.activeElement?.closest(".title-list") !== null);
    },
    { size: "tv" },
  );
});

test("a light page is as readable as a dark one", async () => {
  for (const path of ["/", "/films", `/title/${films[0].id}`, "/collections", "/search", "/scans"]) {
    await withPage(
      browser,
      server.base,
      path,
      async (page) => {
        await page.getByRole("main").getByRole("link").or(page.getByRole("button")).first().waitFor();
        await page.waitForTimeout(300);
        await auditAtAllSizes(page);
      },
      { scheme: "light" },
    );
  }
});

test("where one reads from the right, nothing is wider than the window and arrow keys follow the eye", async () => {
  for (const size of Object.keys(sizes)) {
    await withPage(
      browser,
      server.base,
      "/films",
      async (page) => {
        await page.evaluate(() => {
          document.dir = "rtl";
        });
        await cards(page).first().waitFor();
        const [first, second] = await page.evaluate(() =>
          [...document.querySelectorAll(".title-list a")].map((link) => link.getBoundingClientRect().x),
        );
        assert.ok(first > second, "the first title is on the right");
        await cards(page).first().focus();
        await page.keyboard.press("ArrowLeft");
        await page.waitForFunction(
          () => document.activeElement?.closest("[data-index]")?.dataset.index === "1",
        );
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} px too wide`);
      },
      { size },
    );
  }
});
