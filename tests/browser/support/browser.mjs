/** The system's Chromium, watched: a page may neither complain on its console nor ask another host for anything. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--mute-audio",
];

const ACTION_WAIT_MS = 20_000;

/** Without its service worker every request is the page's own, and can be watched and answered here. */
const WORKER_BLOCKED = /Service Worker registration blocked/;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const sizes = {
  phone: { width: 390, height: 844 },
  laptop: { width: 1440, height: 900 },
  tv: { width: 1920, height: 1080 },
};

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    args: ARGUMENTS,
  });
}

/**
 * Opens a fresh context (its own cookies and cache) on `path`, lets `journey` use the page and then checks what the
 * page complained about. `expected` are complaints the journey provokes on purpose; `motion` and `scheme` are what the
 * viewer prefers; with `touch` there are fingers instead of a mouse; `locale` is what the viewer speaks; `isKept` lets the browser
 * keep the page for the time in which there is no server.
 */
export async function withPage(
  browser,
  base,
  path,
  journey,
  {
    size = "laptop",
    expected = [],
    motion = "reduce",
    scheme = "dark",
    touch = false,
    locale = "en-US",
    isKept = false,
  } = {},
) {
  const context = await browser.newContext({
    viewport: sizes[size],
    reducedMotion: motion,
    colorScheme: scheme,
    locale,
    hasTouch: touch,
    isMobile: touch,
    serviceWorkers: isKept ? "allow" : "block",
  });
  context.setDefaultTimeout(ACTION_WAIT_MS);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== base) complaints.push(`asked ${request.url()}`);
  });
  try {
    await page.goto(base + path);
    await journey(page);
    const unexpected = complaints.filter(
      (text) => ![...expected, WORKER_BLOCKED].some((pattern) => pattern.test(text)),
    );
    assert.deepEqual(unexpected, [], "the page complained");
  } finally {
    await context.close();
  }
}

/** Checks the page as it stands with axe; the message says what to mend where. */
export async function audit(page) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  const words = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`),
  );
  assert.deepEqual(words, [], "axe found violations");
}

/** Audits on a phone, a laptop and a television: the layout differs between them. */
export async function auditAtAllSizes(page) {
  const before = page.viewportSize();
  for (const size of Object.values(sizes)) {
    await page.setViewportSize(size);
    await audit(page);
  }
  await page.setViewportSize(before);
}

/** The name of what has the focus, as it is written or labelled. */
export const focusedName = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "";
  });
