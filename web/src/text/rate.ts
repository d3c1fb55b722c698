/** How fast something is sent, as people read it. */

/** `640 kbit/s`, `4.2 Mbit/s`, `1.2 Gbit/s`. */
export function formatRate(rate_bitsPerSecond: number): string {
  if (rate_bitsPerSecond < 999_500) return `${Math.round(rate_bitsPerSecond / 1000)} kbit/s`;
  if (rate_bitsPerSecond < 999_950_000) return `${(rate_bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${(rate_bitsPerSecond / 1e9).toFixed(1)} Gbit/s`;
}
