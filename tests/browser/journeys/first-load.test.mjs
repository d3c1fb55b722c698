/** What opening home costs: few requests, none of which waits for another that it does not need. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

const API_REQUESTS_MAX = 3;

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

test("home asks the interface little, and all of it at once", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.getByRole("link", { name: "More info" }).first().waitFor();
    await page.waitForLoadState("networkidle");
    const requests = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ initiatorType }) => initiatorType === "fetch")
        .map(({ name, startTime, responseEnd }) => ({
          path: new URL(name).pathname,
          startTime,
          responseEnd,
        })),
    );
    const told = requests.map(({ path }) => path).join(", ");
    assert.ok(requests.length > 0 && requests.length <= API_REQUESTS_MAX, told);
    const firstEnd = Math.min(...requests.map(({ responseEnd }) => responseEnd));
    const late = requests.filter(({ startTime }) => startTime >= firstEnd);
    assert.deepEqual(late, [], "asked only after another was answered");
  });
});
