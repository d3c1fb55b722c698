/** Watching: a file really plays, seeks, arrives in parts, and is gone on with where it was left. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, launch, withPage } from "../support/browser.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
let films;

before(async () => {
  server = await startServer();
  browser = await launch();
  films = await titlesOf(server.base, "film");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

/** Films in the order that suits a test: H.264 or VP9, which every Chromium plays, longest first. */
const playable = () =>
  films
    .filter(({ files }) => ["h264", "vp9"].includes(files[0]?.video_codec))
    .sort((a, b) => (b.duration_ms ?? 0) - (a.duration_ms ?? 0));

const progressOf = async (id) => (await (await fetch(`${server.base}/api/v1/titles/${id}`)).json()).progress;

const forget = (id) => fetch(`${server.base}/api/v1/titles/${id}/progress`, { method: "DELETE" });

const currentTime = (page) => page.locator("video").evaluate((video) => video.currentTime);

const untilBeyond = (page, time_s) =>
  page.waitForFunction((time_s) => document.querySelector("video").currentTime > time_s, time_s);

/** From the title's page by the button, as people come; that also is the gesture that lets sound play. */
async function play(page) {
  await page
    .getByRole("link", { name: /^(Play|Resume)/ })
    .first()
    .click();
  await page.waitForURL("**/watch/**");
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
}

test("a film plays, arrives in parts, and can be sought in", async () => {
  const [film] = playable();
  await forget(film.id);
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    const answers = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/files/") && !pathname.includes("/subtitles/")) answers.push(response);
    });
    await play(page);
    await untilBeyond(page, 0.5);
    const target_s = (film.duration_ms / 1000) * 0.6;
    await page.locator("video").evaluate((video, target_s) => {
      video.currentTime = target_s;
    }, target_s);
    await untilBeyond(page, target_s + 0.3);
    assert.ok(answers.length > 0, "no bytes of the file were fetched");
    for (const answer of answers) {
      assert.equal(answer.status(), 206);
      assert.match(answer.headers()["content-range"], /^bytes \d+-\d+\/\d+$/);
    }
    assert.equal(await page.title(), `${film.name} · Spillway`);
    await auditAtAllSizes(page);
  });
});

test("every film of a codec this browser knows plays, in every container", async () => {
  for (const film of films) {
    await withPage(browser, server.base, `/watch/${film.id}?at=0`, async (page) => {
      const video = page.locator("video");
      const refusal = page.getByRole("heading", { name: "This does not play here" });
      await video.or(refusal).first().waitFor();
      if (await refusal.isVisible()) {
        const { codecs } = film.files[0];
        assert.match(codecs ?? "", /hvc1|hev1|av01|dvh|ac-3|ec-3/, `${film.name} (${codecs}) should play`);
        return;
      }
      await video.evaluate((element) => {
        element.muted = true;
        return element.play();
      });
      await untilBeyond(page, 0.3);
    });
  }
});

test("where one stopped is kept at the server, resumed, and can be started over", async () => {
  const [film] = playable();
  await forget(film.id);
  const stop_s = Math.floor((film.duration_ms / 1000) * 0.4);
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await play(page);
    await untilBeyond(page, 0.2);
    await page.locator("video").evaluate((video, stop_s) => {
      video.currentTime = stop_s;
    }, stop_s);
    await untilBeyond(page, stop_s + 0.2);
    await page.keyboard.press("k");
    await page.waitForFunction(() => document.querySelector("video").paused);
    const paused_ms = (await currentTime(page)) * 1000;
    let stored = null;
    for (
      let round = 0;
      round < 50 && !(Math.abs((stored?.position_ms ?? -1e9) - paused_ms) < 300);
      round += 1
    ) {
      await page.waitForTimeout(100);
      stored = await progressOf(film.id);
    }
    assert.ok(Math.abs(stored.position_ms - paused_ms) < 300, `${stored.position_ms} is not ${paused_ms}`);

    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("link", { name: /^Resume at \d+:\d\d/ }).waitFor();
    await audit(page);
    await play(page);
    assert.ok((await currentTime(page)) >= stop_s, "it began before the place where it was left");

    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("link", { name: "Start over" }).click();
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
    assert.ok((await currentTime(page)) < 2, "it did not start over");
  });
  await withPage(browser, server.base, "/", async (page) => {
    const row = page.getByRole("region", { name: "Continue watching" });
    await row.getByRole("link", { name: new RegExp(film.name) }).waitFor();
    await audit(page);
  });
});

test("leaving the page stores the place, too", async () => {
  const [film] = playable();
  await forget(film.id);
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await play(page);
    await untilBeyond(page, 1);
    await page.goto("about:blank");
    let stored = null;
    for (let round = 0; round < 50 && stored === null; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      stored = await progressOf(film.id);
    }
    assert.ok(stored !== null && stored.position_ms >= 900, `stored was ${JSON.stringify(stored)}`);
  });
});

test("keys toggle, seek, mute and leave", async () => {
  const [film] = playable();
  await forget(film.id);
  await withPage(browser, server.base, `/title/${film.id}`, async (page) => {
    await play(page);
    await untilBeyond(page, 0.2);
    await page.keyboard.press(" ");
    await page.waitForFunction(() => document.querySelector("video").paused);
    const before_s = await currentTime(page);
    await page.keyboard.press("ArrowRight");
    await untilBeyond(page, before_s + 5);
    await page.keyboard.press("m");
    assert.equal(await page.locator("video").evaluate((video) => video.muted), true);
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 1, name: film.name }).waitFor();
    assert.match(page.url(), new RegExp(`/title/${film.id}$`));
  });
});

test("subtitles beside the file are offered, also where they are SubRip", async () => {
  const details = await Promise.all(
    films.map(async ({ id }) => (await fetch(`${server.base}/api/v1/titles/${id}`)).json()),
  );
  const film = details.find(({ file_details }) =>
    file_details[0]?.subtitles.some(({ format }) => format === "srt"),
  );
  assert.ok(film !== undefined, "the demo has a film with SubRip beside it");
  const offered = film.file_details[0].subtitles;
  await withPage(browser, server.base, `/watch/${film.id}?at=0`, async (page) => {
    const all = page.getByRole("button", { name: "Try all the same" });
    await page.locator("video").or(all).first().waitFor();
    if (await all.isVisible()) await all.click();
    await page.waitForFunction(
      (count) => document.querySelectorAll("video track").length === count,
      offered.length,
    );
    const cues = await page.locator("video").evaluate(async (video) => {
      const counts = [];
      for (const track of video.querySelectorAll("track")) {
        const loaded = new Promise((resolve, reject) => {
          track.addEventListener("load", resolve, { once: true });
          track.addEventListener("error", () => reject(new Error(track.label)), { once: true });
        });
        track.track.mode = "hidden";
        if (track.readyState < 2) await loaded;
        counts.push(track.track.cues.length);
      }
      return counts;
    });
    assert.ok(
      cues.every((count) => count > 0),
      `cues: ${cues}`,
    );
  });
});

test("the end of an episode leads to the next", async () => {
  const [series] = await titlesOf(server.base, "series");
  const detail = await (await fetch(`${server.base}/api/v1/titles/${series.id}`)).json();
  const [first, second] = detail.seasons.flatMap(({ episodes }) => episodes);
  await withPage(browser, server.base, `/watch/${first.id}?at=0`, async (page) => {
    await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
    await page.locator("video").evaluate(async (video) => {
      video.muted = true;
      await video.play();
      video.currentTime = video.duration - 0.3;
    });
    const next = page.getByRole("region", { name: "What next" });
    await next.getByRole("heading", { name: second.name }).waitFor();
    await audit(page);
    await next.getByRole("link", { name: /^Play in/ }).click();
    await page.waitForURL(`**/watch/${second.id}`);
    await page.getByText(second.name).first().waitFor();
    assert.equal((await progressOf(first.id)).watched, true);
  });
});

test("a film that cannot play says why, and offers its address", async () => {
  const [film] = playable();
  const broken = { ...film.files[0], codecs: "dvh1.05.06, ac-4", container: "mp4", mime_type: "video/mp4" };
  await withPage(browser, server.base, "/", async (page) => {
    await page.route(`**/api/v1/titles/${film.id}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), files: [broken] } });
    });
    await page.goto(`${server.base}/watch/${film.id}`);
    await page.getByText(/This browser has no decoder for/).waitFor();
    await page.getByText(server.base + broken.url, { exact: true }).waitFor();
    await auditAtAllSizes(page);
  });
});

test("a file that breaks while playing is an error in words, with a way to try again", async () => {
  const [film] = playable();
  await withPage(
    browser,
    server.base,
    "/",
    async (page) => {
      await page.route("**/files/**", (route) => route.fulfill({ status: 404, body: "" }));
      await page.goto(`${server.base}/watch/${film.id}`);
      await page.getByRole("alert").getByText("This does not play here").waitFor();
      await audit(page);
      await page.unroute("**/files/**");
      await page.getByRole("button", { name: "Try again" }).click();
      await page.waitForFunction(() => document.querySelector("video")?.readyState >= 2);
    },
    { expected: [/404/] },
  );
});
