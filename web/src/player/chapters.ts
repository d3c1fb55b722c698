/** What the chapters of a file tell: where one is, and what may be skipped. */
import type { Chapter } from "../types";

export type SkippablePart = "recap" | "intro" | "credits";

/** What people call such chapters. Whole names: "The Opening of the Tomb" is a part of the story. */
const NAMES: Record<SkippablePart, RegExp> = {
  recap: /^(recap|previously( on .*)?)$/i,
  intro:
    /^(intro(duction)?|opening( (credits|titles?|theme|song))?|op|title sequence|main titles?|theme( song)?)$/i,
  credits: /^((end(ing)?|closing|final) )?credits$|^(ending( (theme|song))?|ed|outro|end titles?)$/i,
};

/** The chapter of a position; null before the first and where there are none. */
export const chapterAt = (chapters: readonly Chapter[], position_ms: number): Chapter | null =>
  chapters.findLast(({ start_ms }) => start_ms <= position_ms) ?? null;

export interface Skippable {
  part: SkippablePart;
  /** Where the film goes on; null if it does not. */
  to_ms: number | null;
}

/** What the position lies in that may be skipped; told by the names of chapters. */
export function skippableAt(chapters: readonly Chapter[], position_ms: number): Skippable | null {
  const chapter = chapterAt(chapters, position_ms);
  const part = chapter === null ? null : partOf(chapter);
  if (chapter === null || part === null) return null;
  // What comes after it, also where one is made of several.
  const next = chapters.find((other) => other.start_ms > chapter.start_ms && partOf(other) !== part);
  return { part, to_ms: next?.start_ms ?? null };
}

function partOf({ name }: Chapter): SkippablePart | null {
  const words = name.trim();
  const parts: SkippablePart[] = ["recap", "intro", "credits"];
  return parts.find((part) => NAMES[part].test(words)) ?? null;
}
