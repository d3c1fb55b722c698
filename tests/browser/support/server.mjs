/** The real server, started on a free port with a folder of its own, and ended with nothing left over. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const START_WAIT_MS = 60_000;
const STOP_WAIT_MS = 15_000;

const top = fileURLToPath(new URL("../../../", import.meta.url));

function binary() {
  const candidates = process.env.SPILLWAY_BIN
    ? [process.env.SPILLWAY_BIN]
    : [join(top, "target/debug/spillway"), join(top, "target/release/spillway")];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`No server binary at ${candidates.join(" or ")}: run \`make build\`.`);
  return found;
}

/**
 * Starts `spillway` with a command and answers once its first scan is done. `stop` may be called twice; `dispose`
 * stops and removes the data folder.
 */
export async function startServer({
  command = ["demo"],
  listen = "127.0.0.1:0",
  data = null,
  scanWait_ms = START_WAIT_MS,
} = {}) {
  const folder = data ?? (await mkdtemp(join(tmpdir(), "spillway-browser-")));
  const child = spawn(binary(), [...command, "--data", folder, "--listen", listen], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    if (log.length > 200) log.shift();
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WAIT_MS);
    await ended;
    clearTimeout(timer);
  };
  try {
    const base = await readyLine(child, ended);
    await untilReady(base, scanWait_ms);
    return {
      base,
      data: folder,
      stop,
      dispose: async () => {
        await stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (cause) {
    await stop();
    throw new Error(`The server did not start:\n${log.join("\n")}`, { cause });
  }
}

/** The one line on standard output: `listening on http://127.0.0.1:8080`. */
function readyLine(child, ended) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no ready line in time")), START_WAIT_MS);
    const settle = (act) => (value) => {
      clearTimeout(timer);
      act(value);
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /^listening on (http:\/\/\S+)$/.exec(line);
      if (match !== null) settle(resolve)(match[1].replace(/\/$/, ""));
    });
    ended.then(() => settle(reject)(new Error("it ended before it listened")));
  });
}

async function untilReady(base, wait_ms) {
  const end_ms = Date.now() + wait_ms;
  while (!(await fetch(`${base}/readyz`)).ok) {
    if (Date.now() > end_ms) throw new Error("the first scan did not end in time");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** All titles of a kind, straight from the interface. */
export async function titlesOf(base, kind) {
  const response = await fetch(`${base}/api/v1/titles?kind=${kind}&limit=200`);
  return (await response.json()).items;
}
