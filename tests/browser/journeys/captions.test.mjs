/** Subtitles beside a film, of kinds and in encodings that browsers do not read, as viewers see them. */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { audit, launch, withPage } from "../support/browser.mjs";
import { drawnCaption } from "../support/drawn-caption.mjs";
import { startServer, titlesOf } from "../support/server.mjs";

const FILM = "The Long Aurora (2021)";
const demo = fileURLToPath(new URL("../../../media/demo/films/", import.meta.url));

/** A sign in red at the top and words below, as typesetters style them. */
const STYLED = `[Script Info]
ScriptType: v4.00+
PlayResX: 640
PlayResY: 360

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Bold, Italic, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV
Style: Words,Arial,24,&H00FFFFFF,&H00000000,0,0,1,2,0,2,10,10,10
Style: Sign,Arial,36,&H000000FF,&H00FFFFFF,-1,0,1,2,0,8,10,10,10

[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:00.50,0:00:03.00,Words,Good morning
Dialogue: 1,0:00:00.50,0:00:03.00,Sign,NO ENTRY
`;

/** "Доброе утро", said twice, as Windows-1251 has it. */
const CYRILLIC = Buffer.concat([
  Buffer.from("1\r\n00:00:00,500 --> 00:00:03,000\r\n"),
  Buffer.from("c4eee1f0eee520f3f2f0ee2c20e4eee1f0eee520f3f2f0ee", "hex"),
]);

let media;
let server;
let browser;
let film;

before(async () => {
  media = await mkdtemp(join(tmpdir(), "spillway-captions-"));
  const folder = join(media, FILM);
  await mkdir(folder);
  await copyFile(join(demo, FILM, `${FILM}.mp4`), join(folder, `${FILM}.mp4`));
  await writeFile(join(folder, `${FILM}.en.ass`), STYLED);
  await writeFile(join(folder, `${FILM}.ru.srt`), CYRILLIC);
  await writeFile(join(folder, `${FILM}.de.srt`), "nothing that is a subtitle");
  server = await startServer({ command: ["serve", "--media", media] });
  browser = await launch();
  [film] = await titlesOf(server.base, "film");
});
after(async () => {
  await browser?.close();
  await server?.dispose();
  await rm(media, { recursive: true, force: true });
});

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function watchAt(position_s, journey, options) {
  await withPage(
    browser,
    server.base,
    `/watch/${film.id}?at=0`,
    async (page) => {
      await page.waitForFunction(() => document.querySelector("video")?.readyState >= 3);
      await page.locator("video").evaluate((video, position_s) => {
        video.pause();
        video.currentTime = position_s;
      }, position_s);
      await button(page, "Captions").click();
      await journey(page);
    },
    options,
  );
}

test("SubStation Alpha is drawn in its own styles, where they say, and goes with its time", async () => {
  await watchAt(1, async (page) => {
    await button(page, "English").click();
    const sign = page.locator(".ASS-dialogue", { hasText: "NO ENTRY" });
    const words = page.locator(".ASS-dialogue", { hasText: "Good morning" });
    await sign.waitFor();
    const [of_sign, of_words, picture] = await Promise.all(
      [sign, words, page.locator("video")].map((element) => element.boundingBox()),
    );
    assert.ok(of_sign.y < picture.y + picture.height / 4, "the sign is at the top");
    assert.ok(of_words.y > picture.y + picture.height / 2, "words are at the bottom");
    assert.ok(of_sign.height > of_words.height, "the sign is larger");
    const colour = await sign
      .locator("[data-text]")
      .first()
      .evaluate((element) => getComputedStyle(element).color);
    assert.match(colour, /^rgba?\(255, 0, 0/);
    const standIn = await drawnCaption(page, "Good morning");
    assert.equal(standIn.visibility, "hidden", "the browser's own text is not drawn as well");
    await audit(page);

    await page.locator("video").evaluate((video) => {
      video.currentTime = 4;
    });
    await sign.waitFor({ state: "detached" });
    await page.locator("video").evaluate((video) => {
      video.muted = true;
      video.currentTime = 0;
      return video.play();
    });
    await sign.waitFor();
    await page.keyboard.press("c");
    await sign.waitFor({ state: "detached" });
  });
});

test("what older programs wrote is read by its letters", async () => {
  await watchAt(1, async (page) => {
    await button(page, "Russian").or(button(page, "русский")).first().click();
    await page.waitForFunction(() =>
      [...document.querySelector("video").textTracks].some(
        ({ activeCues }) => activeCues?.[0]?.text === "Доброе утро, доброе утро",
      ),
    );
  });
});

test("a file that is no subtitle says so in the menu, and the film goes on", async () => {
  const options = { expected: [/404/] };
  await watchAt(
    1,
    async (page) => {
      await button(page, "German").or(button(page, "Deutsch")).first().click();
      await page.getByRole("button", { name: /\(cannot be read\)$/ }).waitFor();
      const modes = await page
        .locator("video")
        .evaluate((video) => [...video.textTracks].map(({ mode }) => mode));
      assert.ok(!modes.includes("showing"), modes.join(" "));
    },
    options,
  );
});
