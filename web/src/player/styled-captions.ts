/** SubStation Alpha as its authors styled it: an adapter to ASS.js. Fetched when such captions are shown. */
import ASS from "assjs";

/**
 * Draws the captions in `text` over `video`, whose size is known, into `layer`, which covers it. Returns what
 * removes them.
 */
export function drawStyledCaptions(text: string, video: HTMLVideoElement, layer: HTMLElement): () => void {
  const drawing = document.createElement("div");
  const captions = new ASS(text, video, { container: drawing });
  // ASS.js brings its rules as a style element, which the page's policy forbids: they go in as a sheet instead,
  // before the element gets into the page.
  const rules = drawing.querySelector("style");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules?.textContent ?? "");
  rules?.remove();
  document.adoptedStyleSheets.push(sheet);
  layer.append(drawing);
  // It starts when the film does; this one may play already.
  if (!video.paused) video.dispatchEvent(new Event("playing"));
  return () => {
    captions.destroy();
    drawing.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}
