/** Everything by keys: a remote control's arrows, a screen reader's landmarks, a typist's shortcuts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, focusedName, launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

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

test("arrows lead from the featured title along a row, down to the next and into a title", async () => {
  await withPage(
    browser,
    server.base,
    "/",
    async (page) => {
      await page.getByRole("link", { name: "More info" }).waitFor();
      await page.keyboard.press("ArrowDown");
      assert.match(await focusedName(page), /^(Play|Resume)$/);
      await page.keyboard.press("ArrowRight");
      assert.equal(await focusedName(page), "More info");
      // Past the row's heading, where that is a link, to its first cards.
      const isOnCard = () => page.evaluate(() => document.activeElement?.matches(".title-card") ?? false);
      for (let press = 0; press < 4 && !(await isOnCard()); press += 1)
        await page.keyboard.press("ArrowDown");
      assert.ok(await isOnCard(), "down leads to a card");
      for (let press = 0; press < 9; press += 1) await page.keyboard.press("ArrowLeft");
      const row = await page.evaluate(() =>
        [...document.activeElement.closest("ul").querySelectorAll("a")].map((link) => link.textContent),
      );
      const place = () => page.evaluate(() => document.activeElement.textContent);
      assert.equal(await place(), row[0]);
      await page.keyboard.press("ArrowRight");
      assert.equal(await place(), row[1]);
      const box = await page.locator(":focus").boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 1920, "the focused card is in sight");
      await audit(page);
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/(title|watch)\//);
    },
    { size: "tv" },
  );
});

test("a change of page moves the focus to its content and tells its title", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Films" }).press("Enter");
    await page.getByRole("heading", { level: 1, name: "Films" }).waitFor();
    await page.waitForFunction(() => document.activeElement?.matches("main"));
    assert.equal(await page.title(), "Films · Spillway");
  });
});

test("the first key leads past the navigation", async () => {
  await withPage(browser, server.base, "/films", async (page) => {
    await page.locator(".title-list a").first().waitFor();
    await page.keyboard.press("Tab");
    assert.equal(await focusedName(page), "Skip to content");
    await audit(page);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.matches("main"));
    assert.equal(new URL(page.url()).pathname, "/films");
  });
});

test("a slash leads to the search from any page, but is a letter where one types", async () => {
  await withPage(browser, server.base, "/scans", async (page) => {
    await page.getByRole("heading", { level: 1, name: "Scans" }).waitFor();
    await page.keyboard.press("/");
    const field = page.getByRole("searchbox");
    await field.waitFor();
    await page.waitForFunction(() => document.activeElement?.matches('input[type="search"]'));
    await page.keyboard.type("a/b");
    assert.equal(await field.inputValue(), "a/b");
  });
});

test("everything that can be pressed is large enough for a thumb", async () => {
  for (const path of ["/", "/films", "/collections", "/search", "/scans"]) {
    await withPage(
      browser,
      server.base,
      path,
      async (page) => {
        await page.getByRole("main").getByRole("link").or(page.getByRole("button")).first().waitFor();
        const small = await page.evaluate(() =>
          [...document.querySelectorAll("a, button, select, input, summary")]
            .filter((element) => element.checkVisibility() && !element.matches(".skip-link"))
            .map((element) => ({ name: element.textContent, box: element.getBoundingClientRect() }))
            .filter(({ box }) => box.width < 43.5 || box.height < 43.5)
            .map(({ name, box }) => `${path}: ${name} is ${box.width} × ${box.height}`),
        );
        assert.deepEqual(small, []);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
      },
      { size: "phone" },
    );
  }
});
