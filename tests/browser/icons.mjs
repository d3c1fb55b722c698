/** Draws the page's icons in web/public/icons from web/public/favicon.svg. */
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { launch } from "./support/browser.mjs";

const source = new URL("../../web/public/favicon.svg", import.meta.url);
const icons = fileURLToPath(new URL("../../web/public/icons/", import.meta.url));

/**
 * Systems cut the last two into shapes of their own: they are filled to their edges, and the drawing keeps within
 * the circle of 80 % that no shape cuts.
 */
const ICONS = [
  { name: "icon-192", side: 192, share: 1 },
  { name: "icon-512", side: 512, share: 1 },
  { name: "icon-maskable-512", side: 512, share: 0.8 },
  { name: "apple-touch-icon", side: 180, share: 0.88 },
];

const drawing = await readFile(source, "utf8");
const [, ground] = /<rect [^>]*fill="(#[0-9a-f]{6})"/.exec(drawing) ?? [];
if (ground === undefined) throw new Error(`${source.pathname} has no ground of one colour.`);
await mkdir(icons, { recursive: true });
const browser = await launch();
try {
  const page = await browser.newPage();
  for (const { name, side, share } of ICONS) {
    await page.setViewportSize({ width: side, height: side });
    await page.setContent(
      `<style>
        body { margin: 0; display: grid; place-items: center; height: 100vh; background: ${share < 1 ? ground : "none"} }
        svg { width: ${share * 100}vw; height: ${share * 100}vw }
      </style>${drawing}`,
    );
    await page.screenshot({ path: `${icons}${name}.png`, omitBackground: true });
  }
} finally {
  await browser.close();
}
