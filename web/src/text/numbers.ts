/** Numbers and lists as the language of the page writes them. */
import { language } from "./languages";

const formats = new Map<string, Intl.NumberFormat>();

/** Making a format takes much longer than using it, and charts use some a hundred times a second. */
function formatOf(decimals_min: number, decimals_max: number, isGrouped: boolean): Intl.NumberFormat {
  const key = `${language()} ${decimals_min} ${decimals_max} ${isGrouped}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(language(), {
      minimumFractionDigits: decimals_min,
      maximumFractionDigits: decimals_max,
      useGrouping: isGrouped,
    });
    formats.set(key, format);
  }
  return format;
}

/** `12,345`: how many there are of something. */
export const formatCount = (count: number): string => formatOf(0, 0, true).format(count);

/** `4.2`: a figure with a unit. With `decimals_min` noughts at its end are left out. */
export const formatFigure = (value: number, decimals: number, decimals_min = decimals): string =>
  formatOf(decimals_min, decimals, false).format(value);

/** `A, B, C`. */
export const formatList = (items: readonly string[]): string =>
  new Intl.ListFormat(language(), { type: "unit", style: "short" }).format(items);

/** `A, B and C`. */
export const formatAll = (items: readonly string[]): string =>
  new Intl.ListFormat(language(), { type: "conjunction" }).format(items);
