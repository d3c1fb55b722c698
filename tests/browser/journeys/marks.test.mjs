/** What a viewer marks: favourites, what is watched, collections. It is shown at once, kept, and undone when it fails. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
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

const detailOf = async (id) => (await fetch(`${server.base}/api/v1/titles/${id}`)).json();

test("a heart makes a favourite, which is found on its page and taken back", async () => {
  const [film] = films;
  await withPage(browser, server.base, "/favourites", async (page) => {
    await page.getByRole("heading", { name: "No favourites yet" }).waitFor();
    await page.goto(`${server.base}/title/${film.id}`);
    await page.getByRole("button", { name: "Add to favourites" }).click();
    await page.getByRole("button", { name: "Remove from favourites" }).waitFor();
    await auditAtAllSizes(page);
    await page.goto(`${server.base}/favourites`);
    await page.getByRole("main").getByRole("link", { name: film.name }).waitFor();
    await auditAtAllSizes(page);
    await page.goto(`${server.base}/`);
    await page.getByRole("region", { name: "Favourites" }).getByRole("link", { name: film.name }).waitFor();
    await page.goto(`${server.base}/title/${film.id}`);
    await page.getByRole("button", { name: "Remove from favourites" }).click();
    await page.getByRole("button", { name: "Add to favourites" }).waitFor();
    await page.waitForTimeout(300);
    assert.equal((await detailOf(film.id)).is_favourite, false);
  });
});

test("a mark that cannot be stored is undone, and the page says so", async () => {
  const [film] = films;
  await withPage(
    browser,
    server.base,
    `/title/${film.id}`,
    async (page) => {
      let answer;
      const answered = new Promise((resolve) => {
        answer = resolve;
      });
      await page.route("**/favourite", async (route) => {
        await answered;
        await route.fulfill({ status: 503, json: { detail: "The catalog is busy." } });
      });
      await page.getByRole("button", { name: "Add to favourites" }).click();
      await page.getByRole("button", { name: "Remove from favourites" }).waitFor();
      answer();
      await page
        .getByText("The favourite could not be stored, so it is as before. The catalog is busy.")
        .waitFor();
      await page.getByRole("button", { name: "Add to favourites" }).waitFor();
      await audit(page);
    },
    { expected: [/503/] },
  );
});

test("a film is marked as watched, and as not watched again", async () => {
  const film = films[1];
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await page.getByRole("button", { name: "Mark as watched" }).click();
    await page.getByRole("button", { name: "Mark as not watched" }).waitFor();
    await page.goto(`${server.base}/films?watched=watched`);
    await page.getByRole("main").getByRole("link", { name: film.name }).waitFor();
    await page.goBack();
    await page.getByRole("button", { name: "Mark as not watched" }).click();
    await page.getByRole("button", { name: "Mark as watched" }).waitFor();
    await page.waitForTimeout(300);
    assert.equal((await detailOf(film.id)).progress, null);
  });
});

test("an episode, a season and the whole series", async () => {
  const { seasons } = await detailOf(series.id);
  const [season] = seasons;
  const [episode] = season.episodes;
  const listed = seasons.flatMap(({ episodes }) => episodes).length;
  await withPage(browser, server.base, `/title/${series.id}`, async (page) => {
    await page.getByRole("button", { name: `Mark ${episode.name} as watched`, exact: true }).click();
    await page.getByText(`1 of ${season.episodes.length} episodes watched`).waitFor();
    await auditAtAllSizes(page);
    await page.getByRole("button", { name: "Mark season as watched" }).click();
    await page.getByText(`${season.episodes.length} of ${season.episodes.length} episodes watched`).waitFor();
    await page.getByRole("button", { name: "Mark as watched", exact: true }).click();
    await page.getByRole("button", { name: "Mark as not watched", exact: true }).waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual((await detailOf(series.id)).episodes, { listed, watched: listed });
    await page.getByRole("button", { name: "Mark as not watched", exact: true }).click();
    await page.getByRole("button", { name: "Mark season as watched" }).waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual((await detailOf(series.id)).episodes, { listed, watched: 0 });
  });
});

test("a collection is made from a title's page, renamed, emptied and deleted", async () => {
  const [film] = films;
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await page.getByRole("button", { name: "Add to a collection" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New collection").fill("For Sunday");
    await audit(page);
    await dialog.getByRole("button", { name: "Create" }).click();
    await dialog.getByRole("checkbox", { name: /For Sunday/, checked: true }).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("list", { name: "Collections" }).getByRole("link", { name: "For Sunday" }).click();
    await page.getByRole("heading", { level: 1, name: "For Sunday" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: film.name }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("For Monday");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("heading", { level: 1, name: "For Monday" }).waitFor();
    await auditAtAllSizes(page);
    await page.getByRole("button", { name: `Remove ${film.name} from the collection` }).click();
    await page.getByRole("heading", { name: "Nothing in here yet" }).waitFor();
    await page.getByRole("button", { name: "Delete collection" }).click();
    await audit(page);
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL("**/collections");
    assert.equal(await page.getByRole("main").getByRole("link", { name: "For Monday" }).count(), 0);
  });
});

test("a collection with a name that exists is refused in words", async () => {
  await withPage(
    browser,
    server.base,
    "/collections",
    async (page) => {
      for (const round of [1, 2]) {
        await page.getByRole("button", { name: "New collection" }).click();
        await page.getByRole("textbox", { name: "Name" }).fill("Twice");
        await page.getByRole("dialog").getByRole("button", { name: "Create" }).click();
        if (round === 1) {
          await page.getByRole("heading", { level: 1, name: "Twice" }).waitFor();
          await page.goBack();
        }
      }
      await page.getByRole("dialog").getByRole("alert").waitFor();
      await audit(page);
    },
    { expected: [/409/] },
  );
});

test("a dialog keeps arrow keys to itself and gives the focus back", async () => {
  await withPage(
    browser,
    server.base,
    `/title/${films[0].id}`,
    async (page) => {
      const plus = page.getByRole("button", { name: "Add to a collection" });
      await plus.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"]) {
        await page.keyboard.press(key);
        assert.ok(await page.evaluate(() => document.activeElement?.closest("dialog") !== null), key);
      }
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.ok(await plus.evaluate((button) => button === document.activeElement));
    },
    { size: "tv" },
  );
});

test("a person leads to what they made", async () => {
  const details = await Promise.all(films.map(({ id }) => detailOf(id)));
  const film = details.find(({ people }) => people.length > 0);
  const [{ name }] = film.people;
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await page.getByRole("region", { name: "Cast and credits" }).getByRole("link", { name }).first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByRole("main").getByRole("link", { name: film.name }).first().waitFor();
    await auditAtAllSizes(page);
  });
});

test("chapters lead into the film", async () => {
  const details = await Promise.all(films.map(({ id }) => detailOf(id)));
  const film = details.find(({ file_details }) => file_details.some(({ chapters }) => chapters.length > 1));
  assert.ok(film !== undefined, "a film of the demo has chapters");
  const { chapters } = film.file_details.find(({ chapters }) => chapters.length > 1);
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    const row = page.getByRole("region", { name: "Chapters", exact: true });
    await row.scrollIntoViewIfNeeded();
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".chapter-picture img")].some(
        ({ complete, naturalWidth }) => complete && naturalWidth > 0,
      ),
    );
    await auditAtAllSizes(page);
    await row.getByRole("link").nth(1).click();
    await page.waitForURL((url) => url.searchParams.get("at") === String(chapters[1].start_ms));
  });
});
