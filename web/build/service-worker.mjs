/** Writes dist/service-worker.js: the worker, with the list of what this build consists of. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const worker = readFileSync(new URL("service-worker.template.js", import.meta.url), "utf8");

export function writeServiceWorker(dist, manifest) {
  const files = new Set();
  for (const { file, css = [], assets = [] } of Object.values(manifest)) {
    for (const name of [file, ...css, ...assets]) files.add(`/${name}`);
  }
  const list = ["/index.html", ...[...files].sort()];
  // Every other file has a hash of its content in its name.
  const version = createHash("sha256")
    .update(worker)
    .update(list.join("\n"))
    .update(readFileSync(`${dist}index.html`))
    .digest("hex")
    .slice(0, 16);
  const values = `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(list, null, 2)};\n\n`;
  writeFileSync(`${dist}service-worker.js`, values + worker);
}
