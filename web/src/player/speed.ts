import { SPEED_MAX, SPEED_MIN } from "../store/choices";
import { formatFigure } from "../text/numbers";

export const SPEEDS = [SPEED_MIN, 0.5, 0.75, 1, 1.25, 1.5, 1.75, SPEED_MAX] as const;

/** The next speed up or down; at an end it stays there. */
export function stepSpeed(speed: number, steps: 1 | -1): number {
  const further = SPEEDS.filter((candidate) => (steps > 0 ? candidate > speed : candidate < speed));
  return (steps > 0 ? further.at(0) : further.at(-1)) ?? speed;
}

/** `1×`, `0.75×`. */
export const speedWord = (speed: number): string => `${formatFigure(speed, 2, 0)}×`;
