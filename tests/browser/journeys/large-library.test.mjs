/** A hundred thousand titles: any place of the list at once, by every way of getting there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, launch, sizes, withPage } from "../support/browser.mjs";
import { nameAt, withLargeLibrary } from "../support/large-library.mjs";
import { startServer } from "../support/server.mjs";

const TOTAL = 100_000;
const PAGE = 100;

/** More cards than these are never in the document: what a television shows, and two rows around it. */
const CELLS_MAX = 120;

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

/** Opens the films as if there were so many. */
function withFilms(journey, { total = TOTAL, delay_ms = 0, ...options } = {}) {
  return withPage(
    browser,
    server.base,
    "/nowhere",
    async (page) => {
      const library = await withLargeLibrary(page, total, { delay_ms });
      await page.goto(`${server.base}/films`);
      await card(page, 0, total).waitFor();
      await journey(page, library);
    },
    options,
  );
}

const card = (page, index, total = TOTAL) =>
  page.getByRole("main").getByRole("link", { name: nameAt(index, total) });

const cells = (page) => page.locator(".title-list > li");

/** The titles whose cards are wholly or partly in sight. */
const inSight = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll(".title-list > li")]
      .filter((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      })
      .map((cell) => Number(cell.dataset.index)),
  );

const focusedIndex = (page) =>
  page.evaluate(() => {
    const index = document.activeElement?.closest("[data-index]")?.dataset.index;
    return index === undefined ? null : Number(index);
  });

/** The card with the focus is there and in sight, between what lies over the list. */
async function assertFocusInSight(page, index) {
  await page.waitForFunction(
    (index) =>
      document.activeElement?.matches("a") &&
      document.activeElement.closest("[data-index]")?.dataset.index === String(index),
    index,
  );
  await page.waitForFunction(() => {
    const { top, bottom } = document.activeElement.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight + 1;
  });
}

test("the scroll bar stands for the whole list from the start, and its end is one request away", async () => {
  for (const size of Object.keys(sizes)) {
    await withFilms(
      async (page, library) => {
        await page.getByText("100,000 titles").waitFor();
        assert.ok((await cells(page).count()) <= CELLS_MAX);
        const { columns, row_px, height_px } = await page.evaluate(() => {
          const boxes = [...document.querySelectorAll(".title-list > li")].map((cell) => cell.offsetTop);
          const columns = boxes.filter((top) => top === boxes[0]).length;
          const height_px = document.querySelector(".title-list").getBoundingClientRect().height;
          return { columns, row_px: boxes[columns] - boxes[0], height_px };
        });
        const whole_px = Math.ceil(TOTAL / columns) * row_px;
        assert.ok(height_px > 0.999 * Math.min(whole_px, 16_900_000), `${size}: ${height_px} of ${whole_px}`);
        assert.ok(height_px <= 17_000_000);
        library.asked.length = 0;
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        await card(page, TOTAL - 1).waitFor();
        assert.ok((await inSight(page)).includes(TOTAL - 1));
        assert.ok(library.asked.length <= 2, `asked for ${library.asked}`);
        assert.ok((await cells(page).count()) <= CELLS_MAX);
        await audit(page);
      },
      { size },
    );
  }
});

test("places that are flung past are not asked for", async () => {
  await withFilms(async (page, library) => {
    library.asked.length = 0;
    await page.evaluate(async () => {
      for (let step = 1; step <= 60; step += 1) {
        scrollTo(0, step * 60_000);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
    await page.waitForFunction(() => document.querySelector(".title-list a") !== null);
    assert.ok(library.asked.length <= 6, `asked for ${library.asked}`);
    const [first] = await inSight(page);
    await card(page, first).waitFor();
  });
});

test("until titles come there are shapes of the same size, and nothing moves when they do", async () => {
  await withFilms(
    async (page) => {
      await page.evaluate(() => scrollTo(0, 2_000_000));
      await page.locator(".title-list .card-skeleton").first().waitFor();
      const tops = () =>
        page.evaluate(() =>
          [...document.querySelectorAll(".title-list > li")].map(
            (cell) => `${cell.dataset.index} ${cell.getBoundingClientRect().top}`,
          ),
        );
      const before = await tops();
      await page.locator(".title-list a").first().waitFor();
      assert.deepEqual(await tops(), before);
    },
    { delay_ms: 700 },
  );
});

test("keys lead through the whole list, also where no card is yet", async () => {
  await withFilms(async (page) => {
    await card(page, 0).focus();
    const columns = await page.evaluate(() => {
      const tops = [...document.querySelectorAll(".title-list > li")].map((cell) => cell.offsetTop);
      return tops.filter((top) => top === tops[0]).length;
    });
    await page.keyboard.press("ArrowRight");
    await assertFocusInSight(page, 1);
    for (let press = 0; press < 30; press += 1) await page.keyboard.press("ArrowDown");
    await assertFocusInSight(page, 1 + 30 * columns);
    await page.keyboard.press("End");
    await assertFocusInSight(page, TOTAL - 1);
    await page.keyboard.press("PageUp");
    const afterPageUp = await focusedIndex(page);
    assert.ok(afterPageUp < TOTAL - 1 && afterPageUp > TOTAL - 1 - 10 * columns);
    await page.keyboard.press("Home");
    await assertFocusInSight(page, 0);
    await page.keyboard.press("PageDown");
    await page.waitForFunction(
      (columns) => Number(document.activeElement?.closest("[data-index]")?.dataset.index) >= columns,
      columns,
    );
    await page.keyboard.press("Home");
    await assertFocusInSight(page, 0);
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(() => document.activeElement?.closest(".title-list") === null);
  });
});

test("a held key runs down the list and ends on a card in sight", async () => {
  await withFilms(
    async (page) => {
      await card(page, 0).focus();
      await page.evaluate(async () => {
        for (let press = 0; press < 150; press += 1) {
          const event = { key: "ArrowDown", bubbles: true, cancelable: true, repeat: press > 0 };
          document.activeElement.dispatchEvent(new KeyboardEvent("keydown", event));
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      });
      const index = await focusedIndex(page);
      assert.ok(index >= 100 * 3, `only at ${index}`);
      await assertFocusInSight(page, index);
    },
    { delay_ms: 60, size: "tv" },
  );
});

test("letters lead to their titles", async () => {
  await withFilms(async (page) => {
    await page.getByRole("button", { name: "Go to G" }).click();
    await assertFocusInSight(page, 60_000);
    await page.getByRole("button", { name: "Go to #" }).click();
    await assertFocusInSight(page, 0);
    await page.getByLabel("Sort by").selectOption("-year");
    await page.getByRole("button", { name: "Go to G" }).waitFor({ state: "detached" });
  });
});

test("going back finds the list where it was left, with the focus on the same title", async () => {
  for (const size of Object.keys(sizes)) {
    await withFilms(
      async (page, library) => {
        await page.evaluate(() => {
          const list = document.querySelector(".title-list");
          scrollTo(0, list.getBoundingClientRect().height * 0.61);
        });
        await page.waitForFunction(
          () => Number(document.querySelector(".title-list a")?.closest("li").dataset.index) > 50_000,
        );
        await page.waitForTimeout(400);
        const seen = await inSight(page);
        const chosen = seen[Math.floor(seen.length / 2)];
        const top_px = (await card(page, chosen).boundingBox()).y;
        library.asked.length = 0;
        await card(page, chosen).focus();
        await page.keyboard.press("Enter");
        await page.waitForURL("**/title/**");
        await page.getByRole("heading", { name: "There is no such page" }).waitFor();
        await page.goBack();
        await assertFocusInSight(page, chosen);
        const back_px = (await card(page, chosen).boundingBox()).y;
        assert.ok(Math.abs(back_px - top_px) < 2, `${size}: ${top_px} became ${back_px}`);
        await page.reload();
        await assertFocusInSight(page, chosen);
        const again_px = (await card(page, chosen).boundingBox()).y;
        assert.ok(
          Math.abs(again_px - top_px) < 2,
          `${size}: after loading anew ${top_px} became ${again_px}`,
        );
      },
      { size, expected: [/404/] },
    );
  }
});

test("little scrolling moves the list by as much, where it is longer than a browser can show", async () => {
  const total = 1_000_000;
  await withFilms(
    async (page) => {
      await page.evaluate(() => scrollTo(0, 5_000_000));
      await page.locator(".title-list a").first().waitFor();
      await page.waitForTimeout(400);
      const [index] = await inSight(page);
      const top = () =>
        page.evaluate(
          (index) => document.querySelector(`[data-index="${index}"]`)?.getBoundingClientRect().top,
          index,
        );
      const before = await top();
      await page.evaluate(() => scrollBy(0, 120));
      await page.waitForTimeout(50);
      assert.ok(Math.abs(before - 120 - (await top())) < 2);
      // At rest the scroll bar goes to its share; nothing is to be seen of that.
      await page.waitForTimeout(500);
      assert.ok(Math.abs(before - 120 - (await top())) < 2, "the list moved by itself");
      await page.keyboard.press("Tab");
      await card(page, index, total).focus();
      await page.keyboard.press("End");
      await assertFocusInSight(page, total - 1);
      assert.ok((await inSight(page)).includes(total - 1));
      await page.keyboard.press("Home");
      await assertFocusInSight(page, 0);
    },
    { total, size: "phone" },
  );
});

test("a window of another size keeps the list whole", async () => {
  await withFilms(async (page) => {
    await auditAtAllSizes(page);
    await page.evaluate(() => scrollTo(0, 1_000_000));
    await page.locator(".title-list a").first().waitFor();
    await page.waitForTimeout(300);
    const [first] = await inSight(page);
    for (const size of [sizes.phone, sizes.tv, sizes.laptop]) {
      await page.setViewportSize(size);
      await page.waitForTimeout(300);
      assert.ok((await inSight(page)).includes(first), `${first} is not in sight`);
    }
    await page.keyboard.press("End");
    await page.waitForTimeout(300);
  });
});

test("a page of the list that fails says so, and comes when tried again", async () => {
  await withFilms(
    async (page) => {
      await page.route("**/api/v1/titles?*", (route) => route.fulfill({ status: 500, body: "" }));
      await page.evaluate(() => scrollTo(0, 1_000_000));
      await page.getByText("The server answered with status 500.").waitFor();
      await audit(page);
      await page.unroute("**/api/v1/titles?*");
      await withLargeLibrary(page, TOTAL);
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".title-list a").first().waitFor();
      assert.equal(await page.getByText("The server answered with status 500.").count(), 0);
    },
    { expected: [/500/] },
  );
});

test("pages are asked for whole", async () => {
  await withFilms(async (page, library) => {
    await page.evaluate(() => scrollTo(0, 3_000_000));
    await page.waitForTimeout(500);
    assert.ok(library.asked.every((from) => from % PAGE === 0));
  });
});
