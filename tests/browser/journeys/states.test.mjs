/** What is shown when there is nothing to show, or the server is gone. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

test("a library without media says how to add some, on every page", async () => {
  const media = await mkdtemp(join(tmpdir(), "spillway-media-"));
  const server = await startServer({ command: ["serve", "--media", media] });
  try {
    for (const [path, words] of [
      ["/", "Nothing to watch yet"],
      ["/films", "Nothing here yet"],
      ["/series", "Nothing here yet"],
      ["/favourites", "No favourites yet"],
      ["/collections", "No collections yet"],
      ["/search", "What would you like to watch?"],
      ["/scans", "Every file could be read."],
    ]) {
      await withPage(browser, server.base, path, async (page) => {
        await page.getByText(words).waitFor();
        await auditAtAllSizes(page);
      });
    }
  } finally {
    await server.dispose();
    await rm(media, { recursive: true, force: true });
  }
});

test("addresses that lead nowhere say so", async () => {
  const server = await startServer();
  try {
    for (const path of ["/nowhere", "/title/no-such-title", "/watch/no-such-title"]) {
      await withPage(
        browser,
        server.base,
        path,
        async (page) => {
          await page.getByRole("heading", { name: "There is no such page" }).waitFor();
          assert.equal(await page.title(), "Not found · Spillway");
          await auditAtAllSizes(page);
        },
        { expected: [/404|400/] },
      );
    }
  } finally {
    await server.dispose();
  }
});

test("a page that fails says what happened, and a lost server is found again without reloading", async () => {
  let server = await startServer();
  const { base, data } = server;
  try {
    await withPage(
      browser,
      base,
      "/",
      async (page) => {
        await page.getByRole("link", { name: "More info" }).waitFor();
        await server.stop();
        await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Films" }).click();
        await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
        await page.getByText("The server cannot be reached. Trying again…").waitFor();
        await auditAtAllSizes(page);
        server = await startServer({ listen: new URL(base).host, data });
        await page.locator(".title-list a").first().waitFor({ timeout: 15_000 });
        assert.equal(await page.getByText("Trying again…").count(), 0);
      },
      { expected: [/ERR_CONNECTION_REFUSED|Failed to load resource/] },
    );
  } finally {
    await server.dispose();
    await rm(data, { recursive: true, force: true });
  }
});

test("a broken answer of each page is an error with a way to try again", async () => {
  const server = await startServer();
  try {
    for (const [path, call, heading] of [
      ["/", "**/api/v1/home", "This did not load"],
      ["/films", "**/api/v1/titles/outline?*", "This did not load"],
      ["/collections", "**/api/v1/collections", "This did not load"],
      ["/search", "**/api/v1/genres", "This did not load"],
      ["/scans", "**/api/v1/scans?*", "This did not load"],
      ["/scans", "**/api/v1/findings?*", "This did not load"],
    ]) {
      await withPage(
        browser,
        server.base,
        "/nowhere",
        async (page) => {
          await page.route(call, (route) =>
            route.fulfill({ status: 500, contentType: "text/html", body: "<h1>" }),
          );
          await page.goto(server.base + path);
          await page.getByRole("heading", { name: heading }).waitFor();
          await page.getByText("The server answered with status 500.").waitFor();
          await auditAtAllSizes(page);
          await page.unroute(call);
          await page.getByRole("button", { name: "Try again" }).click();
          await page.getByRole("heading", { name: heading }).waitFor({ state: "detached" });
        },
        { expected: [/500/] },
      );
    }
  } finally {
    await server.dispose();
  }
});
