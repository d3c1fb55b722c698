/** How soon the home page can be used on a cold load, by a machine four times slower than this one. */
import { launch } from "../../tests/browser/support/browser.mjs";
import { startServer } from "../../tests/browser/support/server.mjs";
import { createRunFolder, saidBy } from "./run-folder.mjs";

const RUNS = 15;
const CPU_SLOWDOWN = 4;
const USABLE_MS_MAX = 1_000;
const API_REQUESTS_MAX = 3;
const VIEWPORT = { width: 1366, height: 768 };
const SETTLE_MS = 1_500;

const setting = `${RUNS} cold loads of / of the demo library, each in a browser context of its own without a service worker,
${VIEWPORT.width} × ${VIEWPORT.height}, processor ${CPU_SLOWDOWN} × slower (CDP Emulation.setCPUThrottlingRate), network as it is: the server is on the same machine.
usable: from the start of the navigation until the large picture's links are on the page and a frame with them has been drawn`;

const server = await startServer();
const browser = await launch();
const run = createRunFolder({
  name: "page",
  command: "make bench-page",
  setting,
  versions: [saidBy("node", "--version"), `Chromium ${browser.version()}`],
});
try {
  const loads = [];
  for (let index = 0; index < RUNS; index++) loads.push(await coldLoad());
  const columns = Object.keys(loads[0]);
  run.write("raw.csv", [columns, ...loads.map(Object.values)].map((row) => `${row.join(",")}\n`).join(""));
  const summary = summaryOf(loads);
  run.write("summary.md", summary);
  console.log(summary);
} finally {
  await browser.close();
  await server.dispose();
}

async function coldLoad() {
  const context = await browser.newContext({ viewport: VIEWPORT, serviceWorkers: "block" });
  try {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.addInitScript(() => {
      globalThis.seen = { largest_ms: 0, blocked_ms: 0 };
      new PerformanceObserver((list) => {
        globalThis.seen.largest_ms = list.getEntries().at(-1).startTime;
      }).observe({ type: "largest-contentful-paint", buffered: true });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) globalThis.seen.blocked_ms += duration - 50;
      }).observe({ type: "longtask", buffered: true });
      new MutationObserver((_, observer) => {
        if (document.querySelector(".title-hero .actions a") === null) return;
        observer.disconnect();
        // The first callback comes before the frame with the links is drawn, the second after it.
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            globalThis.seen.usable_ms = performance.now();
          }),
        );
      }).observe(document, { subtree: true, childList: true });
    });
    await page.goto(server.base, { waitUntil: "load" });
    await page.waitForFunction(() => globalThis.seen.usable_ms !== undefined);
    await page.waitForTimeout(SETTLE_MS);
    return await page.evaluate(() => {
      const resources = performance.getEntriesByType("resource");
      const scripts = resources.filter(({ name }) => name.endsWith(".js"));
      const round = (value) => Math.round(value * 10) / 10;
      return {
        first_paint_ms: round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0),
        usable_ms: round(globalThis.seen.usable_ms),
        largest_paint_ms: round(globalThis.seen.largest_ms),
        blocked_ms: round(globalThis.seen.blocked_ms),
        api_requests: resources.filter(({ initiatorType }) => initiatorType === "fetch").length,
        script_bytes: scripts.reduce((sum, { transferSize }) => sum + transferSize, 0),
      };
    });
  } finally {
    await context.close();
  }
}

function summaryOf(loads) {
  const sorted = (key) => loads.map((load) => load[key]).sort((a, b) => a - b);
  const row = (name, key) => {
    const values = sorted(key);
    return `| ${name} | ${values[0]} | ${values[values.length >> 1]} | ${values.at(-1)} |`;
  };
  const worst_ms = sorted("usable_ms").at(-1);
  const requests = sorted("api_requests").at(-1);
  const holds = (does) => (does ? "holds" : "does not hold");
  return `# How soon home can be used

${setting}.

| | least | median | most |
| --- | --- | --- | --- |
${row("first paint, ms", "first_paint_ms")}
${row("usable, ms", "usable_ms")}
${row("largest paint, ms", "largest_paint_ms")}
${row("main thread blocked beyond 50 ms, ms", "blocked_ms")}
${row("requests to the interface", "api_requests")}
${row("JavaScript on the wire, bytes", "script_bytes")}

- usable within ${USABLE_MS_MAX} ms, also at worst: ${worst_ms} ms, ${holds(worst_ms <= USABLE_MS_MAX)}
- at most ${API_REQUESTS_MAX} requests to the interface: ${requests}, ${holds(requests <= API_REQUESTS_MAX)}
`;
}
