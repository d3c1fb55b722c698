/** Looking around: the home page, a film, a series, a genre, a list and its order. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
let films;
let series;

before(async () => {
  server = await startServer();
  browser = await launch();
  films = await titlesOf(server.base, "film");
  [series] = await titlesOf(server.base, "series");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

test("the home page features a title and shows rows of all the films and series", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("region", { name: "Featured" }).getByRole("link", { name: "Play" }).waitFor();
    assert.equal(await page.title(), "Spillway");
    for (const row of ["Recently added", "Films", "Series"]) {
      await page.getByRole("region", { name: row, exact: true }).waitFor();
    }
    const cards = page.getByRole("region", { name: "Films", exact: true }).getByRole("listitem");
    assert.equal(await cards.count(), films.length);
    await auditAtAllSizes(page);
  });
});

test("posters keep their place while they load", async () => {
  await withPage(browser, server.base, "/films", async (page) => {
    const art = page.locator(".poster-art").first();
    await art.waitFor();
    const { width, height } = await art.boundingBox();
    assert.ok(Math.abs(width / height - 2 / 3) < 0.01, `${width} × ${height} is not 2:3`);
  });
});

test("a film's page tells its facts, who made it, and what its files are made of", async () => {
  const film = films.find(({ poster_url }) => poster_url !== null) ?? films[0];
  await withPage(browser, server.base, "/films", async (page) => {
    await page.getByRole("main").getByRole("link", { name: film.name }).first().click();
    await page.waitForURL(`**/title/${film.id}`);
    await page.getByRole("heading", { level: 1, name: film.name }).waitFor();
    assert.equal(await page.title(), `${film.name} · Spillway`);
    await page.getByRole("list", { name: "Facts" }).getByText(String(film.year)).waitFor();
    const [file] = film.files;
    await page.getByText(file.file_name, { exact: true }).first().waitFor();
    await page
      .getByText(server.base + file.url, { exact: true })
      .first()
      .waitFor();
    await page.locator("summary").first().click();
    await page.getByRole("rowheader", { name: "Video" }).first().waitFor();
    await auditAtAllSizes(page);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Films" }).waitFor();
  });
});

test("a series shows its seasons and their episodes", async () => {
  const detail = await (await fetch(`${server.base}/api/v1/titles/${series.id}`)).json();
  assert.ok(detail.seasons.length >= 2, "the demo's series has two seasons");
  await withPage(browser, server.base, `/title/${series.id}`, async (page) => {
    await page.getByRole("heading", { level: 1, name: series.name }).waitFor();
    await page.getByRole("link", { name: /^Play S\d+ E\d+/ }).waitFor();
    const last = detail.seasons.at(-1);
    await page.getByLabel("Season").selectOption(String(last.number));
    for (const { name } of last.episodes) {
      await page.getByRole("heading", { level: 3, name }).waitFor();
    }
    await auditAtAllSizes(page);
  });
});

test("a list is ordered as asked, and the address keeps the order", async () => {
  const years = films.map(({ year }) => year ?? 0).sort((a, b) => b - a);
  await withPage(browser, server.base, "/films", async (page) => {
    await page.getByLabel("Sort by").selectOption("-year");
    await page.waitForURL("**/films?sort=-year");
    await page
      .locator(".title-list a")
      .nth(films.length - 1)
      .waitFor();
    const details = await page.locator(".title-card-detail").allTextContents();
    assert.deepEqual(
      details.map((text) => Number(/^\d{4}/.exec(text)?.[0] ?? 0)),
      years,
    );
    await page.reload();
    await page.locator(".title-list a").first().waitFor();
    assert.equal(await page.getByLabel("Sort by").inputValue(), "-year");
    await auditAtAllSizes(page);
  });
});

test("a genre leads to its titles", async () => {
  const film = films.find(({ genres }) => genres.length > 0);
  const [genre] = film.genres;
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await page.getByRole("list", { name: "Genres" }).getByRole("link", { name: genre, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: genre }).waitFor();
    await page.getByRole("link", { name: film.name }).first().waitFor();
    await auditAtAllSizes(page);
  });
});
