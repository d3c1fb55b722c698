/** The page speaks the language that the browser asks for, and English where it does not know it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
let film;
let series;

before(async () => {
  server = await startServer();
  browser = await launch();
  const films = await titlesOf(server.base, "film");
  film = films.find(({ name }) => name === "Perihelion");
  [series] = await titlesOf(server.base, "series");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

const german = (path, journey) => withPage(browser, server.base, path, journey, { locale: "de-DE" });

const ENGLISH =
  /\b(Home|Films|Series|Search|Favourites?|Collections?|Play|Resume|Watch|Mark|Filters|Sort|Back|Add|Seasons?|Episodes?|episodes?|titles|Recently|Continue|Captions|Mute|Speed|Keys)\b/;

/** What the page itself says on it: names and plots of films are as they are. */
async function assertNoEnglish(page) {
  const said = await page.evaluate(() => {
    const elements = [
      ...document.querySelectorAll("nav a, .actions a, button, h2, legend, option, [role=status]"),
    ];
    const labelled = [...document.querySelectorAll("nav, section, ul, input, button")];
    return [
      ...elements.map(({ textContent }) => textContent),
      ...labelled.flatMap((element) =>
        ["aria-label", "title", "placeholder"].map((name) => element.getAttribute(name) ?? ""),
      ),
    ];
  });
  assert.deepEqual(
    said.filter((words) => ENGLISH.test(words)),
    [],
    "English is left",
  );
}

const languageOf = (page) => page.evaluate(() => [document.documentElement.lang, document.dir]);

test("home speaks German, and names its rows in it", async () => {
  await german("/", async (page) => {
    await page.getByRole("region", { name: "Empfehlung" }).getByRole("link", { name: "Abspielen" }).waitFor();
    assert.deepEqual(await languageOf(page), ["de", "ltr"]);
    for (const row of ["Zuletzt hinzugefügt", "Filme", "Serien"]) {
      await page.getByRole("region", { name: row, exact: true }).waitFor();
    }
    const places = page.getByRole("navigation", { name: "Hauptmenü" });
    await places.getByRole("link", { name: "Sammlungen", exact: true }).waitFor();
    await assertNoEnglish(page);
    await auditAtAllSizes(page);
  });
});

test("a list is counted, ordered and narrowed in German", async () => {
  await german("/films", async (page) => {
    await page.getByRole("heading", { level: 1, name: "Filme", exact: true }).waitFor();
    await page.getByText(/^\d+ Titel$/).waitFor();
    await page.getByLabel("Sortieren nach").selectOption({ label: "Neueste zuerst" });
    await page.waitForURL("**/films?sort=-year");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    const panel = page.getByRole("region", { name: "Filter", exact: true });
    await panel.getByRole("button", { name: /^Nicht gesehen/ }).click();
    const on = page.getByRole("list", { name: "Aktive Filter" });
    await on.getByRole("button", { name: "Filter Nicht gesehen entfernen" }).waitFor();
    await assertNoEnglish(page);
    await auditAtAllSizes(page);
  });
});

test("the pages of a film and of a series speak German, with dates and numbers as Germans write them", async () => {
  await german(`/title/${film.id}`, async (page) => {
    await page.getByRole("heading", { level: 1, name: film.name }).waitFor();
    await page.getByRole("list", { name: "Angaben" }).waitFor();
    await page.getByRole("button", { name: "Zu den Favoriten hinzufügen" }).waitFor();
    await page.getByRole("heading", { level: 2, name: "Kapitel" }).waitFor();
    await page.getByText("29. Februar 2024", { exact: true }).waitFor();
    await page.locator("summary", { hasText: "Spuren" }).first().click();
    await page.getByRole("columnheader", { name: "Sprache" }).first().waitFor();
    await page
      .getByText(/\d,\d [kM]B/)
      .first()
      .waitFor();
    await assertNoEnglish(page);
    await auditAtAllSizes(page);
  });
  await german(`/title/${series.id}`, async (page) => {
    await page.getByRole("heading", { level: 2, name: "Folgen" }).waitFor();
    const seasons = page.getByRole("combobox", { name: /^Staffel/ });
    assert.match(await seasons.locator("option").first().textContent(), /^(Staffel \d+|Specials)$/);
    await page.getByRole("link", { name: /^S\d+ F\d+ abspielen$/ }).waitFor();
    await assertNoEnglish(page);
    await audit(page);
  });
});

test("the player's buttons and keys are told in German", async () => {
  await german(`/watch/${film.id}?at=0`, async (page) => {
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
    await page.locator("video").evaluate((video) => video.pause());
    const names = ["Abspielen", "10 Sekunden zurück", "10 Sekunden vor", "Stumm schalten", "Tempo 1×"];
    for (const name of [...names, "Untertitel", "Statistik", "Tasten"]) {
      await page.getByRole("button", { name, exact: true }).waitFor();
    }
    await page.getByRole("slider", { name: "Zeitleiste" }).waitFor();
    await assertNoEnglish(page);
    await audit(page);
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog", { name: "Tasten" });
    for (const cap of ["Leertaste", "Pos1", "Ende"]) await keys.getByText(cap, { exact: true }).waitFor();
    await audit(page);
  });
});

test("who speaks what the page does not know reads English, and fetches no words", async () => {
  const journey = async (page) => {
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole("region", { name: "Recently added", exact: true }).waitFor();
    await page.getByRole("region", { name: "Featured" }).getByRole("link", { name: "Play" }).waitFor();
    assert.deepEqual(await languageOf(page), ["en", "ltr"]);
    assert.deepEqual(
      asked.filter((path) => /^\/assets\/de-/.test(path)),
      [],
    );
  };
  await withPage(browser, server.base, "/", journey, { locale: "fr-FR" });
});
