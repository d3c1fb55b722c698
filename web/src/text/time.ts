/** Durations and moments as people read them. All input is in milliseconds. */
import { language } from "./languages";
import { t } from "./words";

/** `1 h 32 min`, `45 min`, `38 s`: how long something lasts. */
export function formatDuration(duration_ms: number): string {
  const seconds = Math.max(0, Math.round(duration_ms / 1000));
  if (seconds < 60) return t("{seconds} s", { seconds });
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return t("{minutes} min", { minutes });
  return minutes % 60 === 0
    ? t("{hours} h", { hours })
    : t("{hours} h {minutes} min", { hours, minutes: minutes % 60 });
}

/** `0:38`, `12:03`, `1:02:03`: a place on the time line. */
export function formatPosition(position_ms: number): string {
  const seconds = Math.max(0, Math.floor(position_ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `−1:18`: how long it goes on from a place. What is left of a second counts as one, so that it ends at 0. */
export const formatRemaining = (position_ms: number, duration_ms: number): string =>
  `−${formatPosition(Math.ceil(Math.max(0, duration_ms - position_ms) / 1000) * 1000)}`;

/** `just now`, `5 minutes ago`, `3 days ago`. */
export function formatAgo(at_ms: number, now_ms: number): string {
  const minutes = Math.floor(Math.max(0, now_ms - at_ms) / 60_000);
  if (minutes < 1) return t("just now");
  if (minutes < 60) return ago(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? ago(hours, "hour") : ago(Math.floor(hours / 24), "day");
}

const ago = (count: number, unit: Intl.RelativeTimeFormatUnit): string =>
  new Intl.RelativeTimeFormat(language()).format(-count, unit);

/** `May 3, 2024` for `2024-05-03`; what is no such date stays as it is. */
export function formatDate(date: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(date) : null;
  if (at === null || Number.isNaN(at.getTime())) return date;
  return at.toLocaleDateString(language(), { dateStyle: "long", timeZone: "UTC" });
}
