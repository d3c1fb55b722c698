/** Looking after the library: what was scanned, what could not be read, and scanning again. */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";

const demo = fileURLToPath(new URL("../../../media/demo/films/", import.meta.url));

let media;
let server;
let browser;

/** Some MP4 of the demo library. */
async function anyClip() {
  const names = (await readdir(demo, { recursive: true })).filter((name) => name.endsWith(".mp4")).sort();
  assert.ok(names.length > 0, "the demo library has an MP4");
  return join(demo, names[0]);
}

before(async () => {
  media = await mkdtemp(join(tmpdir(), "spillway-media-"));
  await mkdir(join(media, "Whole (2020)"));
  await copyFile(await anyClip(), join(media, "Whole (2020)", "Whole (2020).mp4"));
  await mkdir(join(media, "Broken (2011)"));
  await writeFile(join(media, "Broken (2011)", "Broken (2011).mp4"), "this is not a film");
  server = await startServer({ command: ["serve", "--media", media] });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.dispose();
  await rm(media, { recursive: true, force: true });
});

test("a file that cannot be read is listed with what to do about it", async () => {
  await withPage(browser, server.base, "/scans", async (page) => {
    const findings = page.getByRole("region", { name: "What could not be read" });
    await findings
      .getByText(/Broken \(2011\)\.mp4/)
      .first()
      .waitFor();
    await findings.getByText(/scan/i).first().waitFor();
    await page.getByRole("region", { name: "History" }).getByText("Done").first().waitFor();
    await page.getByRole("region", { name: "Folders" }).getByText(media).waitFor();
    await auditAtAllSizes(page);
  });
});

test("a scan that is asked for finds what is new", async () => {
  await withPage(browser, server.base, "/scans", async (page) => {
    const history = page.getByRole("region", { name: "History" }).getByRole("listitem");
    await history.first().waitFor();
    await mkdir(join(media, "Second (2021)"));
    await copyFile(await anyClip(), join(media, "Second (2021)", "Second (2021).mp4"));
    await page.getByRole("button", { name: /^Scan/ }).click();
    await page.getByText(/The scan has begun|another follows|is waiting already/).waitFor();
    await history.filter({ hasText: "Asked for" }).filter({ hasText: "Done" }).first().waitFor();
    await page.getByRole("link", { name: "Films" }).click();
    await page.getByRole("link", { name: /Second/ }).waitFor();
  });
});

test("the progress of a running scan is live", async () => {
  const scan = (change) => ({
    id: "9",
    trigger: "request",
    state: "running",
    phase: "probe",
    started_at_ms: Date.now(),
    finished_at_ms: null,
    files_found: 100,
    files_changed: 100,
    files_probed: 50,
    files_committed: 0,
    titles_added: 0,
    files_gone: 0,
    findings: 1,
    message: null,
    ...change,
  });
  await withPage(browser, server.base, "/", async (page) => {
    await page.route("**/api/v1/live", (route) =>
      route.fulfill({
        contentType: "text/event-stream",
        body: `retry: 60000\n\ndata: ${JSON.stringify({ scan: scan({}) })}\n\n`,
      }),
    );
    await page.goto(`${server.base}/scans`);
    const current = page.getByRole("region", { name: "Current scan" });
    await current.getByText("100 files found").waitFor();
    assert.equal(await current.getByRole("progressbar").evaluate((bar) => bar.value), 0.25);
    await current.getByText("Reading headers").first().waitFor();
    await auditAtAllSizes(page);
  });
});
