/** The page as an app: what a browser needs to know to make one of it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

let browser;

before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

test("an app can be made of the page", async () => {
  const server = await startServer();
  try {
    await withPage(browser, server.base, "/", async (page) => {
      const client = await page.context().newCDPSession(page);
      const { errors, url } = await client.send("Page.getAppManifest");
      assert.deepEqual(errors, []);
      const response = await fetch(url);
      assert.equal(response.headers.get("content-type"), "application/manifest+json");
      const { icons } = await response.json();
      for (const { src, type, sizes } of [
        ...icons,
        { src: "/icons/apple-touch-icon.png", type: "image/png", sizes: "180x180" },
      ]) {
        const icon = await fetch(server.base + src);
        assert.equal(icon.headers.get("content-type"), type, src);
        if (sizes === "any") continue;
        const bytes = Buffer.from(await icon.arrayBuffer());
        // The first chunk of a PNG tells width and height (PNG, 11.2.1).
        assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
      }
      const { installabilityErrors } = await client.send("Page.getInstallabilityErrors");
      // Tests' windows keep nothing, which is all that there is to say against it.
      assert.deepEqual(
        installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito"),
        [],
      );
    });
  } finally {
    await server.dispose();
  }
});
