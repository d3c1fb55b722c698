/** What is done with dist after vite: the service worker learns its files, and the budget is checked. */
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkFirstLoad } from "./first-load.mjs";
import { writeServiceWorker } from "./service-worker.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
writeServiceWorker(dist, manifest);
checkFirstLoad(dist, manifest);
// All that lies in dist becomes a part of the program, and nobody who visits needs this.
rmSync(`${dist}.vite`, { recursive: true });
