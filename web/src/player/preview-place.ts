import type { TitleItem } from "../types";
import { type Place, placeOf, versionsOf } from "./parts";

/** Films begin with signs and black pictures, and what happens late in them is nobody's to know. */
const BEGIN_SHARE = 0.25;

/**
 * Where a look into a title begins: where the viewer stopped, else a little after the beginning. Null where there
 * is nothing to look into: a series, a folder that is away, a file without pictures.
 */
export function previewPlace({ files, is_available, progress }: TitleItem): Place | null {
  const [version] = versionsOf(files);
  if (version === undefined || !is_available) return null;
  const isBegun = progress !== null && !progress.watched;
  const place = placeOf(
    version,
    isBegun ? progress.position_ms : (version[0].duration_ms ?? 0) * BEGIN_SHARE,
  );
  return place.file.video_codec === null ? null : place;
}
