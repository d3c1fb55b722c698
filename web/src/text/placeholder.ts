/** Tiny pictures from ThumbHashes in base64: as `data:` addresses, made once each while they are remembered. */
import { thumbHashToDataURL } from "thumbhash";
import { PLACEHOLDERS_KEPT_MAX } from "../limits";

const made = new Map<string, string | null>();

/** What was made of a hash before; undefined if nothing was, null if it is none. */
export const madePlaceholder = (hash: string): string | null | undefined => made.get(hash);

/** Null for what is no hash. */
export function makePlaceholder(hash: string): string | null {
  const known = made.get(hash);
  if (known !== undefined) return known;
  const image = decode(hash);
  if (made.size >= PLACEHOLDERS_KEPT_MAX) made.clear();
  made.set(hash, image);
  return image;
}

/** The format has 5 bytes at least, and 25 for the largest. */
function decode(hash: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0));
    return bytes.length < 5 || bytes.length > 32 ? null : thumbHashToDataURL(bytes);
  } catch {
    return null;
  }
}
