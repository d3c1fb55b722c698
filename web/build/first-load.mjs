/** The budget of what must be fetched before home can be used. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { ON_DEMAND_PACKAGES } from "./on-demand-packages.mjs";

/** All JavaScript of the first load, each file compressed as the server does it: gzip at its fastest level. */
const COMPRESSED_BYTES_MAX = 60_000;

/**
 * Fails if the files of the first load are too large together, or if one of them is a package that most visitors
 * never need.
 */
export function checkFirstLoad(dist, manifest) {
  const files = firstLoadOf(dist, manifest);
  const sizes_bytes = [...files].map((file) => gzipSync(readFileSync(dist + file), { level: 1 }).length);
  const sum_bytes = sizes_bytes.reduce((sum, size) => sum + size, 0);
  const told = [...files].map((file, index) => `  ${file}: ${sizes_bytes[index]} bytes`).join("\n");
  const names = Object.values(manifest)
    .filter(({ file }) => files.has(file))
    .map(({ name }) => name);
  const misplaced = ON_DEMAND_PACKAGES.filter((name) => names.includes(name));
  if (misplaced.length > 0) {
    throw new Error(`Home fetches ${misplaced.join(" and ")}, which only other pages need:\n${told}`);
  }
  if (sum_bytes > COMPRESSED_BYTES_MAX) {
    throw new Error(
      `Home needs ${sum_bytes} bytes of JavaScript (gzip), ${COMPRESSED_BYTES_MAX} are allowed:\n${told}\n` +
        "Fetch what only some pages need by import() (src/navigation/lazy-page.tsx).",
    );
  }
  console.log(`first load of home: ${sum_bytes} of ${COMPRESSED_BYTES_MAX} bytes of JavaScript (gzip)`);
}

/** The entry and what it imports, and whatever index.html asks for besides. */
function firstLoadOf(dist, manifest) {
  const files = new Set();
  const add = (key) => {
    const { file, imports = [] } = manifest[key];
    if (files.has(file)) return;
    files.add(file);
    imports.forEach(add);
  };
  const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
  if (entries.length === 0) throw new Error("The build's manifest has no entry.");
  entries.forEach(add);
  const page = readFileSync(`${dist}index.html`, "utf8");
  for (const [, file] of page.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)) files.add(file);
  return files;
}
