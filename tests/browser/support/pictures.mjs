/** Compares what is on the screen with the pictures that the server makes. */
import assert from "node:assert/strict";

/** Both pictures are compared so large: what encoders and scalers change is gone, what is shown is not. */
const WIDTH = 64;
const HEIGHT = 36;

/** Left out on each side: pages round corners and draw lines around pictures. */
const MARGIN_SHARE = 0.06;

/** Below this two pictures show the same: screen and server scale and encode each in their own way. */
const SAME_MAX = 4;

/** Above this they do not. Films move little within a scene, so tests choose moments that are clearly apart. */
const OTHER_MIN = 10;

/** The server's picture of a position. */
export async function thumbnailOf(base, fileId, position_ms) {
  const response = await fetch(
    `${base}/api/v1/files/${fileId}/thumbnail?position_ms=${Math.round(position_ms)}&width=320`,
  );
  assert.equal(response.status, 200, `thumbnail of ${fileId} at ${position_ms} ms`);
  return { type: "image/jpeg", bytes: Buffer.from(await response.arrayBuffer()) };
}

/** A picture of a title, as the server sends it. */
export async function artworkOf(base, url) {
  const response = await fetch(base + url);
  assert.equal(response.status, 200, url);
  return { type: response.headers.get("content-type"), bytes: Buffer.from(await response.arrayBuffer()) };
}

/** What an element looks like now. */
export async function screenshotOf(locator) {
  return { type: "image/png", bytes: await locator.screenshot() };
}

/**
 * Mean absolute difference of two pictures' samples, 0 to 255. The browser decodes and scales both, cut around their
 * middle to the narrower one's shape, as pages cut pictures that do not fit their box.
 */
export async function difference(browser, a, b) {
  const page = await browser.newPage();
  try {
    const urls = [a, b].map(({ type, bytes }) => `data:${type};base64,${bytes.toString("base64")}`);
    return await page.evaluate(
      async ({ urls, width, height, margin }) => {
        const images = await Promise.all(
          urls.map(async (url) => {
            const image = new Image();
            image.src = url;
            await image.decode();
            return image;
          }),
        );
        const aspect = Math.min(...images.map((image) => image.width / image.height));
        const samples = images.map((image) => {
          const canvas = new OffscreenCanvas(width, height);
          const context = canvas.getContext("2d");
          context.imageSmoothingQuality = "high";
          const shown = image.height * aspect;
          const [left, top] = [(image.width - shown) / 2 + shown * margin, image.height * margin];
          const [wide, high] = [shown * (1 - 2 * margin), image.height * (1 - 2 * margin)];
          context.drawImage(image, left, top, wide, high, 0, 0, width, height);
          return context.getImageData(0, 0, width, height).data;
        });
        const [first, second] = samples;
        let sum = 0;
        for (let index = 0; index < first.length; index += 4) {
          for (const channel of [0, 1, 2]) sum += Math.abs(first[index + channel] - second[index + channel]);
        }
        return sum / (3 * width * height);
      },
      { urls, width: WIDTH, height: HEIGHT, margin: MARGIN_SHARE },
    );
  } finally {
    await page.close();
  }
}

/** The picture is that of `right_ms` and clearly not that of `wrong_ms`, and the two can be told apart at all. */
export async function assertShows(browser, picture, { base, fileId, right_ms, wrong_ms }) {
  const [right, wrong] = await Promise.all(
    [right_ms, wrong_ms].map((position_ms) => thumbnailOf(base, fileId, position_ms)),
  );
  const apart = await difference(browser, right, wrong);
  assert.ok(apart > OTHER_MIN, `${right_ms} and ${wrong_ms} ms look alike (${apart}); choose others`);
  const toRight = await difference(browser, picture, right);
  const toWrong = await difference(browser, picture, wrong);
  assert.ok(toRight < SAME_MAX, `it is ${toRight} from the frame at ${right_ms} ms`);
  assert.ok(toWrong > OTHER_MIN, `it is ${toWrong} from the frame at ${wrong_ms} ms`);
}
