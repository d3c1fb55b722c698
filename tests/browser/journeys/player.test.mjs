/** The player's own controls: by mouse, by keys and by fingers, a film really does what they say. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { audit, auditAtAllSizes, focusedName, launch, sizes, withPage } from "../support/browser.mjs";
import { drawnCaption } from "../support/drawn-caption.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

let server;
let browser;
/** Without captions and chapters. */
let plain;
/** With both. */
let rich;

before(async () => {
  server = await startServer();
  browser = await launch();
  const films = await titlesOf(server.base, "film");
  plain = films.find(({ name }) => name === "The Long Aurora");
  rich = films.find(({ name }) => name === "Perihelion");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
});

const button = (page, name) => page.getByRole("button", { name, exact: true });

const video = (page, read) => page.locator("video").evaluate(read);

const until = (page, condition, argument) => page.waitForFunction(condition, argument);

const untilAt = (page, position_s) =>
  until(
    page,
    (position_s) => Math.abs(document.querySelector("video").currentTime - position_s) < 0.3,
    position_s,
  );

const untilFocused = (page, name) =>
  until(
    page,
    (name) => (document.activeElement.ariaLabel ?? document.activeElement.textContent) === name,
    name,
  );

const untilPaused = (page, isPaused) =>
  until(page, (isPaused) => document.querySelector("video").paused === isPaused, isPaused);

const untilShown = (page) => page.locator(".watch:not(.is-idle)").waitFor();

const untilHidden = (page) => page.locator(".watch.is-idle").waitFor();

/** The film is there, and stands at its beginning. */
async function hold(page) {
  await until(page, () => document.querySelector("video")?.readyState >= 3);
  await video(page, (element) => {
    element.pause();
    element.currentTime = 0;
  });
  await untilPaused(page, true);
}

/** It plays without a sound, which no browser refuses. */
async function playMuted(page) {
  await until(page, () => document.querySelector("video")?.readyState >= 3);
  await video(page, (element) => {
    element.muted = true;
    return element.play();
  });
  await untilPaused(page, false);
}

const watch = (film, journey, options) =>
  withPage(browser, server.base, `/watch/${film.id}?at=0`, journey, options);

/** Gives a title's first file other chapters. */
async function withChapters(page, id, chapters) {
  await page.route(`**/api/v1/titles/${id}`, async (route) => {
    const response = await route.fetch();
    const title = await response.json();
    title.file_details[0].chapters = chapters.map(([start_ms, name]) => ({ start_ms, name, end_ms: null }));
    await route.fulfill({ response, json: title });
  });
  await page.goto(`${server.base}/watch/${id}?at=0`);
}

test("buttons play, pause, seek, mute, and tell what they will do next", async () => {
  await watch(plain, async (page) => {
    await hold(page);
    assert.equal(await video(page, (element) => element.controls), false);
    await button(page, "Play").click();
    await until(page, () => document.querySelector("video").currentTime > 0.3);
    await button(page, "Pause").click();
    await untilPaused(page, true);
    await button(page, "Play").waitFor();
    const before_s = await video(page, (element) => element.currentTime);
    await button(page, "Forward 10 seconds").click();
    await untilAt(page, before_s + 10);
    await button(page, "Back 10 seconds").click();
    await untilAt(page, before_s);
    await button(page, "Mute").click();
    await until(page, () => document.querySelector("video").muted);
    await button(page, "Unmute").click();
    await until(page, () => !document.querySelector("video").muted);
    // The mouse has left the focus alone, so arrows are still seconds.
    await page.keyboard.press("ArrowRight");
    await untilAt(page, before_s + 10);

    await page.getByRole("button", { name: /^Position 0:\d\d \/ 0:22$/ }).click();
    await page.getByRole("button", { name: /^Remaining −0:\d\d \/ 0:22$/ }).waitFor();
    await page.locator("video").click({ position: { x: 300, y: 200 } });
    await untilPaused(page, false);
  });
});

test("volume and speed are set, and hold for the next film", async () => {
  await watch(plain, async (page) => {
    await hold(page);
    const volume = page.getByRole("slider", { name: "Volume" });
    await volume.focus();
    await page.keyboard.press("Home");
    await until(page, () => document.querySelector("video").volume === 0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await until(page, () => Math.abs(document.querySelector("video").volume - 0.1) < 0.01);
    await page.locator('.volume-slider[aria-valuetext="10 %"]').waitFor();
    await button(page, "Speed 1×").click();
    await button(page, "1.5×").click();
    await until(page, () => document.querySelector("video").playbackRate === 1.5);
    await page.getByRole("button", { name: "1.5×", exact: true, pressed: true }).waitFor();
    // A press elsewhere closes the menu, and means no more.
    await page.mouse.click(200, 200);
    await page.locator(".control-menu-panel").waitFor({ state: "detached" });
    assert.equal(await video(page, ({ paused }) => paused), true);

    await page.goto(`${server.base}/watch/${rich.id}?at=0`);
    await hold(page);
    const { volume: kept, playbackRate } = await video(page, ({ volume, playbackRate }) => ({
      volume,
      playbackRate,
    }));
    assert.ok(Math.abs(kept - 0.1) < 0.01, `the volume is ${kept}`);
    assert.equal(playbackRate, 1.5);
    await page.keyboard.press("<");
    await page.keyboard.press("<");
    await until(page, () => document.querySelector("video").playbackRate === 1);
  });
});

test("captions are chosen, drawn as large and on what one likes, and come back with the next film", async () => {
  const WORDS = "Crew of the Halcyon";
  await watch(rich, async (page) => {
    await hold(page);
    await video(page, (element) => {
      element.currentTime = 7;
    });
    assert.equal(await drawnCaption(page, WORDS), null, "none are shown unasked");
    await button(page, "Captions").click();
    await button(page, "Français").or(button(page, "French")).first().waitFor();
    await button(page, "English").click();
    const drawn = async (holds) => {
      let caption = null;
      for (let round = 0; round < 50; round += 1) {
        caption = await drawnCaption(page, WORDS);
        if (caption !== null && holds(caption)) return caption;
        await page.waitForTimeout(100);
      }
      return assert.fail(`drawn was ${JSON.stringify(caption)}`);
    };
    const medium = await drawn(({ height }) => height > 0);
    const controls = await page.locator(".control-bar").boundingBox();
    assert.ok(medium.bottom <= controls.y, "it is clear of the controls");
    await button(page, "XL").click();
    const huge = await drawn(({ size_px }) => size_px > medium.size_px * 1.6);
    assert.ok(huge.height > medium.height * 1.4, `${huge.height} is not much higher than ${medium.height}`);
    await button(page, "Solid").click();
    await drawn(({ background }) => /^\w+\(0 0 0\)$/.test(background));
    await button(page, "None").click();
    await drawn(({ background }) => background === "rgba(0, 0, 0, 0)");
    await auditAtAllSizes(page);

    await page.reload();
    await hold(page);
    await video(page, (element) => {
      element.currentTime = 7;
    });
    await drawn(({ size_px, background }) => size_px === huge.size_px && background === "rgba(0, 0, 0, 0)");
    await page.keyboard.press("c");
    await until(page, () =>
      [...document.querySelector("video").textTracks].every(({ mode }) => mode !== "showing"),
    );
    await page.keyboard.press("c");
    await drawn(({ height }) => height > 0);
  });
});

test("keys do what the dialog says, which a question mark opens", async () => {
  await watch(rich, async (page) => {
    await hold(page);
    const duration_s = await video(page, ({ duration }) => duration);
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys" });
    await dialog.waitFor();
    await untilFocused(page, "Close");
    assert.ok(await dialog.getByText("Forward 10 seconds").isVisible());
    await auditAtAllSizes(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.match(page.url(), /\/watch\//);

    await page.keyboard.press("5");
    await untilAt(page, duration_s / 2);
    await page.keyboard.press("End");
    await untilAt(page, duration_s - 1);
    await page.keyboard.press("Home");
    await untilAt(page, 0);
    await page.keyboard.press("l");
    await untilAt(page, 10);
    await page.keyboard.press("j");
    await untilAt(page, 0);
    await page.keyboard.press(">");
    await until(page, () => document.querySelector("video").playbackRate === 1.25);
    await page.keyboard.press("<");
    await page.keyboard.press("ArrowDown");
    await until(page, () => Math.abs(document.querySelector("video").volume - 0.9) < 0.01);
    await page.keyboard.press("m");
    await until(page, () => document.querySelector("video").muted);
    // Whoever wants it louder wants to hear it.
    await page.keyboard.press("ArrowUp");
    await until(
      page,
      () => document.querySelector("video").volume === 1 && !document.querySelector("video").muted,
    );
    await page.keyboard.press("k");
    await untilPaused(page, false);
    await page.keyboard.press(" ");
    await untilPaused(page, true);
  });
});

test("a remote control reaches every button by arrows, and leaves step by step", async () => {
  await watch(
    rich,
    async (page) => {
      await hold(page);
      await page.keyboard.press("Enter");
      assert.equal(await focusedName(page), "Play");
      await page.keyboard.press("ArrowRight");
      assert.equal(await focusedName(page), "Back 10 seconds");
      await page.keyboard.press("ArrowUp");
      assert.equal(await focusedName(page), "Seek");
      await page.keyboard.press("ArrowRight");
      await untilAt(page, 10);
      await page.keyboard.press("ArrowDown");
      const seen = new Set();
      for (let press = 0; press < 20; press += 1) {
        seen.add(await focusedName(page));
        // Along the volume an arrow makes it louder; a tab leads on.
        await page.keyboard.press((await focusedName(page)) === "Volume" ? "Tab" : "ArrowRight");
      }
      for (const name of ["Captions", "Speed 1×", "Statistics", "Keys", "Full screen"]) {
        assert.ok(seen.has(name), `${name} is not among ${[...seen]}`);
      }
      await button(page, "Captions").focus();
      await page.keyboard.press("Enter");
      await untilFocused(page, "Off");
      await page.keyboard.press("ArrowDown");
      await untilFocused(page, "German");
      await page.keyboard.press("Escape");
      await untilFocused(page, "Captions");
      await page.keyboard.press("Escape");
      assert.equal(await page.locator(".player :focus").count(), 0);
      assert.match(page.url(), /\/watch\//);
      await page.keyboard.press("Escape");
      await page.waitForURL(`**/title/${rich.id}`);
    },
    { size: "tv" },
  );
});

test("controls hide while a film plays and nothing moves, and never while they are used", async () => {
  await watch(plain, async (page) => {
    const opacity = () =>
      page.locator(".player-controls").evaluate((element) => getComputedStyle(element).opacity);
    await hold(page);
    await page.waitForTimeout(3_500);
    assert.equal(await opacity(), "1", "paused, they stay");
    await video(page, (element) => {
      element.loop = true;
    });
    await playMuted(page);
    await page.mouse.move(200, 200);
    await untilHidden(page);
    assert.equal(await opacity(), "0");
    assert.equal(
      await page.locator(".watch").evaluate((element) => getComputedStyle(element).cursor),
      "none",
    );
    await page.mouse.move(240, 200);
    await untilShown(page);
    await untilHidden(page);
    await page.keyboard.press("ArrowDown");
    await untilShown(page);

    await button(page, "Speed 1×").click();
    await page.mouse.move(200, 200);
    await page.waitForTimeout(3_500);
    assert.equal(await opacity(), "1", "a menu is open");
    await page.keyboard.press("Escape");
    await untilHidden(page);

    await page.keyboard.press("Tab");
    await untilShown(page);
    await page.waitForTimeout(3_500);
    assert.equal(await opacity(), "1", "the focus is in them");
  });
});

test("fingers show and hide the controls by a tap, and seek by two at a side", async () => {
  await watch(
    plain,
    async (page) => {
      await playMuted(page);
      await video(page, (element) => {
        element.loop = true;
        element.playbackRate = 0.25;
      });
      await untilHidden(page);
      const { x, y, width, height } = await page.locator("video").boundingBox();
      const tap = (share, times = 1) =>
        Array.from({ length: times }).reduce(
          (before) => before.then(() => page.touchscreen.tap(x + width * share, y + height / 2)),
          Promise.resolve(),
        );
      await tap(0.5);
      await untilShown(page);
      await tap(0.5);
      await untilHidden(page);
      assert.equal(await video(page, ({ paused }) => paused), false, "a tap does not pause");

      // Where the bar lies that is not seen, a finger is on the picture.
      const play = await page.locator(".play-button").boundingBox();
      await page.touchscreen.tap(play.x + 20, play.y + 20);
      await untilShown(page);
      assert.equal(await video(page, ({ paused }) => paused), false);
      await page.waitForTimeout(500);

      const start_s = await video(page, (element) => element.currentTime);
      const at = async () => (await video(page, (element) => element.currentTime)) - start_s;
      await tap(0.9, 2);
      await page.locator(".seek-mark.is-right").getByText("+10 s").waitFor();
      assert.ok((await at()) > 9 && (await at()) < 12, `it went ${await at()} s`);
      await page.locator(".seek-mark").waitFor({ state: "detached" });
      await tap(0.1, 2);
      await page.locator(".seek-mark.is-left").getByText("−10 s").waitFor();
      assert.ok((await at()) > -1 && (await at()) < 2, `it is ${await at()} s away`);
      await page.waitForTimeout(1_000);

      const before_s = await at();
      await tap(0.5, 2);
      await tap(0.9);
      await page.waitForTimeout(500);
      assert.ok((await at()) - before_s < 2, "neither the middle nor a single tap seeks");

      await video(page, (element) => element.pause());
      await untilShown(page);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll(".watch a, .watch button")]
          .filter((element) => element.checkVisibility())
          .map((element) => ({
            name: element.ariaLabel ?? element.textContent,
            box: element.getBoundingClientRect(),
          }))
          .filter(
            ({ box }) => box.width < 43.5 || box.height < 43.5 || box.left < 0 || box.right > innerWidth,
          )
          .map(({ name, box }) => `${name} is ${box.width} × ${box.height} at ${box.left}`),
      );
      assert.deepEqual(small, []);
    },
    { size: "phone", touch: true },
  );
});

test("statistics tell what is known of the film, and go on telling", async () => {
  await watch(plain, async (page) => {
    await playMuted(page);
    await until(page, () => document.querySelector("video").currentTime > 0.5);
    await page.keyboard.press("i");
    const stats = page.getByRole("region", { name: "Statistics" });
    const told = () =>
      stats.evaluate((element) =>
        Object.fromEntries(
          [...element.querySelectorAll("dl > div")].map((row) => [
            row.querySelector("dt").textContent,
            row.querySelector("dd").textContent,
          ]),
        ),
      );
    await stats.getByText("Picture").waitFor();
    const first = await told();
    const [file] = plain.files;
    assert.equal(first.Source, file.file_name);
    assert.match(first.Format, /^MP4: H\.264, AAC \(avc1\./);
    assert.equal(first.Picture, `${file.width} × ${file.height}`);
    assert.ok(parseFloat(first.Buffer) > 0.5, first.Buffer);
    assert.match(first.Frames, /^\d+ dropped of [1-9]\d*$/);
    await until(
      page,
      (before) => document.querySelector(".stats-overlay").textContent !== before,
      await stats.textContent(),
    );
    const second = await told();
    assert.ok(parseInt(second.Frames.split("of")[1], 10) > parseInt(first.Frames.split("of")[1], 10));
    // So small a film may have arrived before anybody looked.
    assert.match(second.Received, /^(about [1-9]|nothing now$)/);
    // The audits take longer than the film does.
    await page.keyboard.press("k");
    await untilPaused(page, true);
    await auditAtAllSizes(page);
    await button(page, "Statistics").click();
    await stats.waitFor({ state: "detached" });
  });
});

test("chapters are marked on the time line, and told where the pointer is", async () => {
  await watch(rich, async (page) => {
    await hold(page);
    assert.equal(await page.locator(".seek-bar-chapter").count(), 2);
    const { x, y, width, height } = await page.locator(".seek-bar-line").boundingBox();
    for (const [share, name] of [
      [0.1, "The Fall"],
      [0.5, "Sails Open"],
      [0.9, "Sunrise"],
    ]) {
      await page.mouse.move(x + width * share, y + height / 2);
      await page.locator(".seek-preview-chapter").getByText(name, { exact: true }).waitFor();
    }
    await audit(page);
    assert.equal(await page.locator(".skip-button").count(), 0);
  });
});

test("an intro can be skipped where chapters tell of one", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await withChapters(page, rich.id, [
      [0, "Intro"],
      [11_000, "The Fall"],
    ]);
    await hold(page);
    await audit(page);
    await button(page, "Skip intro").click();
    await untilAt(page, 11);
    await button(page, "Skip intro").waitFor({ state: "detached" });
  });
});

test("credits at the end offer the next episode, whose countdown can be stopped", async () => {
  const [series] = await titlesOf(server.base, "series");
  const detail = await (await fetch(`${server.base}/api/v1/titles/${series.id}`)).json();
  const [first, second] = detail.seasons.flatMap(({ episodes }) => episodes);
  await withPage(browser, server.base, "/", async (page) => {
    await withChapters(page, first.id, [
      [0, "Rain"],
      [8_000, "Credits"],
    ]);
    await playMuted(page);
    const offer = page.getByRole("region", { name: "What next" });
    await until(page, () => document.querySelector("video").currentTime > 0.5);
    assert.equal(await offer.count(), 0, "not before the credits");
    await video(page, (element) => {
      element.currentTime = 9;
    });
    await offer.getByRole("heading", { name: second.name }).waitFor();
    await auditAtAllSizes(page);
    // Nobody is led away from a film that was stopped.
    await page.keyboard.press("k");
    await offer.waitFor({ state: "detached" });
    await page.keyboard.press("k");
    await offer.getByRole("button", { name: "Stay here" }).click();
    await offer.waitFor({ state: "detached" });
    await page.waitForTimeout(1_000);
    assert.equal(await offer.count(), 0);
    await page.keyboard.press("n");
    await page.waitForURL(`**/watch/${second.id}`);
    await until(page, () => document.querySelector("video")?.readyState >= 3);
    await button(page, "Next episode").waitFor();
  });
});

test("what the browser cannot do is not offered, and several sounds are", async () => {
  await watch(rich, async (page) => {
    await hold(page);
    const isOffered = (await button(page, "Picture in picture").count()) === 1;
    assert.equal(isOffered, await page.evaluate(() => document.pictureInPictureEnabled));
    const sounds = await video(page, ({ audioTracks }) => audioTracks?.length ?? 0);
    assert.equal((await button(page, "Audio").count()) === 1, sounds > 1);
    assert.equal(await button(page, "Next episode").count(), 0);
    assert.equal(await button(page, "Captions").count(), 1);
  });
  await withPage(browser, server.base, "/", async (page) => {
    await page.addInitScript(() => {
      const tracks = Object.assign(new EventTarget(), { length: 2 });
      tracks[0] = { enabled: true, label: "", language: "en" };
      tracks[1] = { enabled: false, label: "Commentary", language: "en" };
      const change = () => tracks.dispatchEvent(new Event("change"));
      for (const track of [tracks[0], tracks[1]]) {
        let { enabled } = track;
        Object.defineProperty(track, "enabled", {
          get: () => enabled,
          set: (value) => {
            enabled = value;
            change();
          },
        });
      }
      Object.defineProperty(HTMLMediaElement.prototype, "audioTracks", { get: () => tracks });
    });
    await page.goto(`${server.base}/watch/${rich.id}?at=0`);
    await hold(page);
    await button(page, "Audio").click();
    assert.equal(await button(page, "English").last().getAttribute("aria-pressed"), "true");
    await button(page, "Commentary").click();
    await page.locator('[aria-pressed="true"]').getByText("Commentary").waitFor();
    const heard = await video(page, ({ audioTracks }) => Array.from(audioTracks, ({ enabled }) => enabled));
    assert.deepEqual(heard, [false, true]);
    await auditAtAllSizes(page);
  });
});

test("loading that lasts is shown, and then no more", async () => {
  await withPage(browser, server.base, "/", async (page) => {
    await page.route("**/files/**", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue();
    });
    await page.goto(`${server.base}/watch/${plain.id}?at=0`);
    await page.locator(".waiting-mark-ring").waitFor();
    await page.getByRole("status").getByText("Loading").waitFor();
    await audit(page);
    await until(page, () => document.querySelector("video").readyState >= 3);
    await page.locator(".waiting-mark-ring").waitFor({ state: "detached" });
  });
});

test("media keys and the locked screen know the film and control it", async () => {
  const [series] = await titlesOf(server.base, "series");
  const detail = await (await fetch(`${server.base}/api/v1/titles/${series.id}`)).json();
  const [first, second] = detail.seasons.flatMap(({ episodes }) => episodes);
  await withPage(browser, server.base, "/", async (page) => {
    await page.addInitScript(() => {
      globalThis.handlers = {};
      const set = MediaSession.prototype.setActionHandler;
      MediaSession.prototype.setActionHandler = function (action, handler) {
        globalThis.handlers[action] = handler;
        set.call(this, action, handler);
      };
      const setPosition = MediaSession.prototype.setPositionState;
      MediaSession.prototype.setPositionState = function (state) {
        globalThis.positionState = state;
        setPosition.call(this, state);
      };
    });
    await page.goto(`${server.base}/watch/${first.id}?at=0`);
    await hold(page);
    const press = (action, details = {}) =>
      page.evaluate(
        ([action, details]) => globalThis.handlers[action]({ action, ...details }),
        [action, details],
      );
    const told = await page.evaluate(() => {
      const { title, artist, artwork } = navigator.mediaSession.metadata;
      return { title, artist, artwork: artwork.map(({ src }) => src) };
    });
    assert.equal(told.title, first.name);
    assert.equal(told.artist, series.name);
    assert.equal((await fetch(told.artwork[0])).status, 200);
    await press("seekto", { seekTime: 3 });
    await untilAt(page, 3);
    await until(page, () => globalThis.positionState?.position === 3);
    await press("seekforward", { seekOffset: 5 });
    await untilAt(page, 8);
    await press("seekbackward");
    await untilAt(page, 0);
    await page.keyboard.press("m");
    await press("play");
    await untilPaused(page, false);
    await press("pause");
    await untilPaused(page, true);
    await press("nexttrack");
    await page.waitForURL(`**/watch/${second.id}`);
  });
});

test("menus fit the screen and pass the audit at every size, in both colour schemes", async () => {
  for (const scheme of ["dark", "light"]) {
    for (const size of Object.keys(sizes)) {
      await watch(
        rich,
        async (page) => {
          await hold(page);
          for (const name of ["Captions", "Speed 1×"]) {
            await button(page, name).click();
            const { x, y, width } = await page.locator(".control-menu-panel").boundingBox();
            assert.ok(
              x >= 0 && y >= 0 && x + width <= page.viewportSize().width,
              `${name} at ${size}: ${x}, ${y}`,
            );
            await audit(page);
            await page.keyboard.press("Escape");
          }
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `it is ${overflow} px too wide`);
        },
        { size, scheme },
      );
    }
  }
});
