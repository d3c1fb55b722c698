/** What is done with dist after vite: the budget of the first load is checked. */
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkFirstLoad } from "./first-load.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));
checkFirstLoad(dist, manifest);
// All that lies in dist becomes a part of the program, and nobody who visits needs this.
rmSync(`${dist}.vite`, { recursive: true });
