/**
 * SubRip to WebVTT. SubRip was never written down; what players accept is: an optional number, a line of two
 * times with a comma (or a full stop) before the milliseconds, then text up to an empty line.
 */

const TIMES =
  /^\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(\d{1,3}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})/;

/** Cues with unreadable times are left out; what remains is valid WebVTT, also of arbitrary text. */
export function srtToVtt(srt: string): string {
  const cues: string[] = ["WEBVTT\n"];
  const lines = srt.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  let index = 0;
  while (index < lines.length) {
    const times = TIMES.exec(lines[index] ?? "");
    index += 1;
    if (times === null) continue;
    const text: string[] = [];
    while (index < lines.length && (lines[index] ?? "").trim() !== "") {
      text.push(cueLine(lines[index] ?? ""));
      index += 1;
    }
    if (text.length === 0) continue;
    cues.push(`${timestamp(times, 1)} --> ${timestamp(times, 5)}\n${text.join("\n")}\n`);
  }
  return cues.join("\n");
}

function timestamp(times: RegExpExecArray, from: number): string {
  const part = (offset: number, digits: number) => (times[from + offset] ?? "").padStart(digits, "0");
  // "1,5" means half a second, so the fraction is filled from the right.
  const fraction = (times[from + 3] ?? "").padEnd(3, "0");
  return `${part(0, 2)}:${part(1, 2)}:${part(2, 2)}.${fraction}`;
}

/** Keeps the three tags that both formats share, drops others and everything WebVTT would read as markup. */
function cueLine(line: string): string {
  return line
    .replace(/\{\\[^}]*\}/g, "")
    .replace(/<(?!\/?[biu]>)\/?[a-z][^>]*>/gi, "")
    .replace(/&/g, "&amp;")
    .replace(/<(?!\/?[biu]>)/gi, "&lt;")
    .replace(/-->/g, "--&gt;");
}
