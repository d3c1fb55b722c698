/** The system's Chromium with a port for Lighthouse, and a profile that is gone afterwards. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--mute-audio",
  "--remote-debugging-port=0",
];

const START_WAIT_MS = 30_000;

export async function startChromium() {
  const profile = await mkdtemp(join(tmpdir(), "spillway-lighthouse-"));
  const child = spawn(
    process.env.CHROMIUM_BIN ?? "/usr/bin/chromium",
    [...ARGUMENTS, `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { port: await portOf(child), stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Chromium tells it in a line on standard error. */
function portOf(child) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("Chromium did not start in time.")), START_WAIT_MS);
    createInterface({ input: child.stderr }).on("line", (line) => {
      const port = /^DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
