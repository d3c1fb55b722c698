/** What a run leaves: benches/runs/<date>-<machine>-<name>/, as src/run_folder.rs makes it for the other benchmarks. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Makes the folder and writes command, versions and machine; answers how to write more. A run of the same name on the
 * same day takes the earlier one's place. `versions` are lines.
 */
export function createRunFolder({ name, command, setting, versions }) {
  const machine = `${availableParallelism()}vcpu-linux${release().split(".").slice(0, 2).join(".")}`;
  const path = join(top, "benches/runs", `${saidBy("date", "+%F")}-${machine}-${name}`);
  mkdirSync(path, { recursive: true });
  const write = (file, text) => writeFileSync(join(path, file), text);
  write("command.txt", `${command}\n\n${setting}\n`);
  write("versions.txt", `${[`spillway at commit ${commit()}`, ...versions].join("\n")}\n`);
  write("machine.txt", machineFacts());
  return { path, write };
}

/** The first line that a program prints. */
export const saidBy = (program, ...args) =>
  execFileSync(program, args, { encoding: "utf8" }).split("\n")[0].trim();

const commit = () => saidBy("git", "-C", top, "rev-parse", "--short=12", "HEAD");

function machineFacts() {
  const read = (file) => readFileSync(file, "utf8");
  const model = /^model name\s*: (.*)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? "unknown";
  return [
    `${availableParallelism()} processors: ${model}`,
    read("/proc/meminfo").split("\n")[0],
    `Linux ${release().split("-")[0]}`,
    `load average before the run: ${read("/proc/loadavg").trim()}`,
    "",
  ].join("\n");
}
