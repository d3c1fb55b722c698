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

/** What an element looks like now. */
export async function screenshotOf(locator) {
  return { type: "image/png", bytes: await locator.screenshot() };
}

/** Mean absolute difference of two pictures' samples, 0 to 255. The browser decodes and scales both. */
export async function difference(browser, a, b) {
  const page = await browser.newPage();
  try {
    const urls = [a, b].map(({ type, bytes }) => `data:${type};base64,${bytes.toString("base64")}`);
    return await page.evaluate(
      async ({ urls, width, height, margin }) => {
        const samples = await Promise.all(
          urls.map(async (url) => {
            const image = new Image();
            image.src = url;
            await image.decode();
            const canvas = new OffscreenCanvas(width, height);
            const context = canvas.getContext("2d");
            context.imageSmoothingQuality = "high";
            const [left, top] = [image.width * margin, image.height * margin];
            const [right, bottom] = [image.width - left, image.height - top];
            context.drawImage(image, left, top, right - left, bottom - top, 0, 0, width, height);
            return context.getImageData(0, 0, width, height).data;
          }),
        );
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
