/** Which box lies next in a direction: the geometry of moving by arrow keys or a remote control. */

export type Direction = "left" | "right" | "up" | "down";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Index of the nearest box in a direction, or -1. Left and right stay in the row that `from` is in. */
export function nearestIn(direction: Direction, from: Box, boxes: readonly Box[]): number {
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [index, box] of boxes.entries()) {
    const cost = costOf(direction, from, box);
    if (cost < bestCost) {
      best = index;
      bestCost = cost;
    }
  }
  return best;
}

function costOf(direction: Direction, from: Box, box: Box): number {
  const isSideways = direction === "left" || direction === "right";
  const ahead = {
    left: centreX(from) - centreX(box),
    right: centreX(box) - centreX(from),
    up: from.top - box.bottom,
    down: box.top - from.bottom,
  }[direction];
  // Rows may touch or overlap a little where focused cards grow.
  if (ahead <= (isSideways ? 0 : -8)) return Number.POSITIVE_INFINITY;
  if (isSideways) {
    const shared = Math.min(from.bottom, box.bottom) - Math.max(from.top, box.top);
    return shared > 0 ? ahead : Number.POSITIVE_INFINITY;
  }
  // Straight below wins over nearer but aside: what counts sideways is the gap, not the centres.
  const aside = Math.max(0, box.left - from.right, from.left - box.right);
  return ahead * 3 + aside + Math.abs(centreX(box) - centreX(from)) * 0.1;
}

const centreX = (box: Box) => (box.left + box.right) / 2;
