/**
 * A title may come in several versions (editions, encodings), and a version in several files (parts) that are
 * watched one after the other. Positions of a title count over all parts of a version.
 */
import type { MediaFile } from "../types";

/** The files of one version in the order they are watched; never empty. */
export type Version = [MediaFile, ...MediaFile[]];

/** Groups a title's files: files with part numbers and the same edition belong together, others stand alone. */
export function versionsOf(files: MediaFile[]): Version[] {
  const versions: Version[] = [];
  const byEdition = new Map<string, Version>();
  for (const file of files) {
    if (file.part === null) {
      versions.push([file]);
      continue;
    }
    const edition = file.edition ?? "";
    const known = byEdition.get(edition);
    if (known === undefined) {
      const version: Version = [file];
      byEdition.set(edition, version);
      versions.push(version);
    } else {
      known.push(file);
    }
  }
  for (const version of versions) version.sort((a, b) => (a.part ?? 0) - (b.part ?? 0));
  return versions;
}

export interface Place {
  file: MediaFile;
  index: number;
  /** What the parts before this one last. */
  offset_ms: number;
  /** The position inside the part. */
  inside_ms: number;
}

/** Where a position of the title lies. Beyond the end is the end of the last part. */
export function placeOf(version: Version, position_ms: number): Place {
  let offset_ms = 0;
  for (const [index, file] of version.entries()) {
    const length_ms = file.duration_ms ?? 0;
    const isLast = index === version.length - 1;
    if (isLast || position_ms < offset_ms + length_ms) {
      return { file, index, offset_ms, inside_ms: Math.max(0, position_ms - offset_ms) };
    }
    offset_ms += length_ms;
  }
  return { file: version[0], index: 0, offset_ms: 0, inside_ms: 0 };
}

/** What all parts together last, as far as it is known. */
export const lengthOf = (version: Version): number =>
  version.reduce((sum_ms, file) => sum_ms + (file.duration_ms ?? 0), 0);
