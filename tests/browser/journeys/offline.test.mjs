/** The page kept in the browser: it opens also while the server is away, and keeps nothing that is not its own. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { audit, launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

const AWAY = [
  /ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource|Failed to fetch/,
];

let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

const untilKept = (page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));

test("the page opens without its server, says so, and goes on when it is back", async () => {
  let server = await startServer();
  const { base, data } = server;
  try {
    await withPage(
      browser,
      base,
      "/",
      async (page) => {
        await untilKept(page);
        await server.stop();
        for (const path of ["/", "/films"]) {
          await page.goto(base + path);
          await page.getByRole("alert").getByText("The server cannot be reached.").waitFor();
          await page.getByText("The server cannot be reached. Trying again…").waitFor();
        }
        await audit(page);
        await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Live" }).click();
        await page.getByText("The connection is lost; trying again.").waitFor();
        await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Films" }).click();
        server = await startServer({ listen: new URL(base).host, data });
        await page.locator(".title-list li").first().waitFor();
        assert.equal(await page.getByText("Trying again…").count(), 0);
      },
      { expected: AWAY, isKept: true },
    );
  } finally {
    await server.dispose();
    await rm(data, { recursive: true, force: true });
  }
});

test("only the page's own files are kept, and older ones are removed", async () => {
  const server = await startServer();
  try {
    await withPage(
      browser,
      server.base,
      "/nowhere",
      async (page) => {
        await untilKept(page);
        await page.evaluate(async () => {
          const registrations = await navigator.serviceWorker.getRegistrations();
          await Promise.all(registrations.map((registration) => registration.unregister()));
          await caches.open("spillway-page-older");
          await caches.open("of something else");
        });
        await page.goto(server.base);
        await untilKept(page);
        await page
          .getByRole("link", { name: /^(Play|Resume)/ })
          .first()
          .click();
        await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
        await page.waitForFunction(async () => (await caches.keys()).length === 2);
        const names = await page.evaluate(() => caches.keys());
        assert.ok(names.includes("of something else"), names.join());
        const paths = await page.evaluate(async () => {
          const name = (await caches.keys()).find((name) => name.startsWith("spillway-page-"));
          const requests = await (await caches.open(name)).keys();
          return requests.map(({ url }) => new URL(url).pathname);
        });
        assert.ok(paths.includes("/index.html"), paths.join());
        assert.deepEqual(
          paths.filter((path) => path !== "/index.html" && !path.startsWith("/assets/")),
          [],
        );
      },
      { isKept: true },
    );
  } finally {
    await server.dispose();
  }
});
