/** What fingers on the picture mean: one tap is about the controls, two quick ones at a side seek. */
import { DOUBLE_TAP_MS } from "../limits";

export type Side = "left" | "middle" | "right";

const SIDE_SHARE = 1 / 3;

export const sideOf = (share: number): Side => {
  if (share < SIDE_SHARE) return "left";
  return share > 1 - SIDE_SHARE ? "right" : "middle";
};

export class Taps {
  #last: { at_ms: number; side: Side; count: number } | null = null;

  /** Counts taps in a row at one side and answers the number of this one; in the middle each is the first. */
  tap(at_ms: number, side: Side): number {
    const last = this.#last;
    const isFurther =
      last !== null && side !== "middle" && last.side === side && at_ms - last.at_ms <= DOUBLE_TAP_MS;
    const count = isFurther ? last.count + 1 : 1;
    this.#last = { at_ms, side, count };
    return count;
  }
}
