/** Looking after a running server: what it sends, what it costs, and what is shown when there is nothing or nobody. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { audit, auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

const demo = fileURLToPath(new URL("../../../media/demo/films/", import.meta.url));

/** So slow that films of some seconds are still being sent when the page has been looked at. */
const SLOWLY = `[limits]
loopback_is_exempt = false
bytes_per_second_per_address_max = 65536
`;

const SIZES = [
  { width: 390, height: 844 },
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
];

const MEASURES = ["Sending", "Processor", "Event loop", "Page cache", "Connections", "Disk pool"];

let folder;
let server;
let browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "spillway-live-"));
  const config = join(folder, "slowly.toml");
  await writeFile(config, SLOWLY);
  server = await startServer({ command: ["serve", "--config", config, "--media", demo] });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What a measure's chart is called; it tells the current and the extreme values. */
const chartWords = (page, name) =>
  page.getByRole("region", { name, exact: true }).getByRole("img").getAttribute("aria-label");

const streams = (page) => page.getByRole("region", { name: "Streams now" });

/** Plays a film in a window beside `page`, by the button: the gesture lets sound play. */
async function watch(page, { id }) {
  const viewer = await page.context().newPage();
  await viewer.goto(`${server.base}/title/${id}`);
  await viewer
    .getByRole("link", { name: /^(Play|Resume)/ })
    .first()
    .click();
  await viewer.locator("video").waitFor();
  return viewer;
}

/** An event as the server sends it, where a test has to decide what is in it. */
const eventOf = (change) =>
  `retry: 60000\n\ndata: ${JSON.stringify({
    at_ms: Date.now(),
    connections: 2,
    streams: [],
    stream_count: 0,
    bytes_per_second: 0,
    cpu_percent: 3,
    cpu_user_percent: 1,
    cpu_system_percent: 2,
    page_cache_hit_percent: null,
    event_loop_lag_ms: 0.2,
    pools: [],
    scan: null,
    ...change,
  })}\n\n`;

test("films that play show with who takes them, how fast and how far", async () => {
  const films = (await titlesOf(server.base, "film"))
    .filter(({ files }) => ["h264", "vp9"].includes(files[0]?.video_codec))
    .sort((a, b) => b.files[0].size_bytes - a.files[0].size_bytes)
    .slice(0, 3);
  assert.equal(films.length, 3, "the demo library has three films that every Chromium plays");
  await withPage(browser, server.base, "/live", async (page) => {
    const [first, ...others] = films;
    const viewer = await watch(page, first);
    await viewer.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
    for (const film of others) await watch(page, film);
    await page.bringToFront();
    for (const { name } of films) {
      const item = streams(page).getByRole("listitem").filter({ hasText: name }).first();
      await item.getByText("to 127.0.0.1").waitFor();
      await item.getByText(/^\d+ % of the file$/).waitFor();
    }
    await streams(page)
      .getByText(/^\d+(\.\d)? [kM]bit\/s$/)
      .first()
      .waitFor();
    for (const name of MEASURES) {
      assert.match(await chartWords(page, name), /now, lowest .*, highest /, name);
    }
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await audit(page);
    }
    assert.match(await chartWords(page, "Sending"), /highest \d+(\.\d)? [kM]bit\/s\.$/);
  });
});

test("the page is as clear in the light", async () => {
  await withPage(
    browser,
    server.base,
    "/live",
    async (page) => {
      await page.getByRole("region", { name: "Sending" }).waitFor();
      await auditAtAllSizes(page);
      await page.getByRole("link", { name: "Scans" }).click();
      await page.getByRole("region", { name: "History" }).waitFor();
      await audit(page);
    },
    { scheme: "light" },
  );
});

test("where nothing streams it says so and how to begin, and the charts can be read as figures", async () => {
  await withPage(browser, server.base, "/nowhere", async (page) => {
    await page.route("**/api/v1/live", (route) =>
      route.fulfill({ contentType: "text/event-stream", body: eventOf({}) }),
    );
    await page.goto(`${server.base}/live`);
    await streams(page).getByRole("heading", { name: "Nothing streams" }).waitFor();
    await streams(page).getByRole("link", { name: "Find something to play" }).waitFor();
    await page.getByText("nothing is being sent").waitFor();
    await page.getByText("The charts as figures").click();
    await page.getByRole("row", { name: "Processor, system 2.0 % 2.0 % 2.0 %" }).waitFor();
    await auditAtAllSizes(page);
  });
});

test("nothing is drawn while the tab is hidden, and what happened meanwhile is there afterwards", async () => {
  await withPage(browser, server.base, "/live", async (page) => {
    await page.getByRole("region", { name: "Sending" }).waitFor();
    const changes = () => page.evaluate(() => globalThis.drawn);
    const setVisibility = (state) =>
      page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await page.evaluate(() => {
      globalThis.drawn = 0;
      globalThis.heard = 0;
      new MutationObserver(() => {
        globalThis.drawn += 1;
      }).observe(document.querySelector(".live-page"), {
        subtree: true,
        attributes: true,
        characterData: true,
      });
      const events = new EventSource("/api/v1/live");
      events.onmessage = () => {
        globalThis.heard += 1;
      };
    });
    await page.waitForFunction(() => globalThis.drawn > 0);
    await setVisibility("hidden");
    const before = await changes();
    const heard = await page.evaluate(() => globalThis.heard);
    await page.waitForFunction((heard) => globalThis.heard >= heard + 2, heard);
    assert.equal(await changes(), before);
    await setVisibility("visible");
    await page.waitForFunction((before) => globalThis.drawn > before, before);
  });
});

test("too many who look is told, and tried again", async () => {
  await withPage(
    browser,
    server.base,
    "/nowhere",
    async (page) => {
      await page.route("**/api/v1/live", (route) => route.fulfill({ status: 503, body: "" }));
      await page.goto(`${server.base}/live`);
      await page.getByText("The connection is lost; trying again.").waitFor();
      await page.unroute("**/api/v1/live");
      await page.getByText("As it happens, once a second").waitFor();
    },
    { expected: [/503/] },
  );
});

test("a server that goes away and comes back is followed on, without reloading", async () => {
  let own = await startServer();
  const { base, data } = own;
  try {
    await withPage(
      browser,
      base,
      "/live",
      async (page) => {
        await page.getByText("As it happens, once a second").waitFor();
        await own.stop();
        await page.getByText("The connection is lost; trying again.").waitFor();
        await page.getByRole("region", { name: "Sending" }).waitFor();
        await audit(page);
        own = await startServer({ listen: new URL(base).host, data });
        await page.getByText("As it happens, once a second").waitFor();
      },
      { expected: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY|Failed to load resource/] },
    );
  } finally {
    await own.dispose();
    await rm(data, { recursive: true, force: true });
  }
});

test("what draws charts is fetched by the page that has charts alone", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    const scripts = [];
    page.on("request", (request) => {
      if (request.resourceType() === "script") scripts.push(new URL(request.url()).pathname);
    });
    await page.reload();
    await page.getByRole("link", { name: "More info" }).first().waitFor();
    assert.deepEqual(
      scripts.filter((path) => path.includes("uplot")),
      [],
    );
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Live" }).click();
    await page.getByRole("region", { name: "Sending" }).waitFor();
    assert.equal(scripts.filter((path) => path.includes("uplot")).length, 1);
  });
});
