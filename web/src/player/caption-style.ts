import type { Choices } from "../store/choices";

/** How captions look. */
export type CaptionStyle = Pick<Choices, "captionSize" | "captionBackground">;

export const captionStyleOf = ({ captionSize, captionBackground }: Choices): CaptionStyle => ({
  captionSize,
  captionBackground,
});

/** Classes that make the browser draw captions so (captions.css): `::cue` is reached by rules alone. */
export const captionClasses = ({ captionSize, captionBackground }: CaptionStyle): string =>
  `captions-${captionSize} captions-on-${captionBackground}`;
