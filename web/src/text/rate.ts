/** How fast something is sent, as people read it. */
import { formatFigure } from "./numbers";

/** `640 kbit/s`, `4.2 Mbit/s`, `1.2 Gbit/s`. */
export function formatRate(rate_bitsPerSecond: number): string {
  if (rate_bitsPerSecond < 999_500) return `${formatFigure(rate_bitsPerSecond / 1000, 0)} kbit/s`;
  if (rate_bitsPerSecond < 999_950_000) return `${formatFigure(rate_bitsPerSecond / 1e6, 1)} Mbit/s`;
  return `${formatFigure(rate_bitsPerSecond / 1e9, 1)} Gbit/s`;
}
