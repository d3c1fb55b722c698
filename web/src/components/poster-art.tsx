import { useState } from "preact/hooks";
import { cardSources, type Picture } from "../text/title-pictures";
import { TitlePicture } from "./title-picture";
import "./poster-art.css";

interface Props {
  name: string;
  picture: Picture | null;
  /** `upright` is a poster (2:3), `wide` a scene (16:9). */
  shape: "upright" | "wide";
  /** Pictures above the fold are fetched at once, others when they come near. */
  isEager?: boolean;
}

/** About as wide as cards are; browsers that can, look how wide each is. */
const SIZES = {
  upright: "(max-width: 48rem) 44vw, 15vw",
  wide: "(max-width: 48rem) 60vw, 24vw",
};

/**
 * A picture of a title in a box that keeps its place while the picture loads. Without a picture, a poster set in
 * type on two colours drawn from the name. Decoration: the name stands beside it in words.
 */
export function PosterArt({ name, picture, shape, isEager = false }: Props) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  return (
    <span class={`poster-art poster-art-${shape}`}>
      {picture !== null && picture.url !== failedUrl ? (
        <TitlePicture
          picture={picture}
          srcset={cardSources(picture.url)}
          sizes={SIZES[shape]}
          isEager={isEager}
          onFailed={() => setFailedUrl(picture.url)}
        />
      ) : (
        <LetteredPoster name={name} />
      )}
    </span>
  );
}

function LetteredPoster({ name }: { name: string }) {
  const hue = hueOf(name);
  const size = name.length > 28 ? "small" : name.length > 12 ? "medium" : "large";
  return (
    <span
      class={`lettered-poster lettered-poster-${size}`}
      style={{ "--hue": `${hue}`, "--turn": `${140 + (hue % 80)}deg` }}
      aria-hidden="true"
    >
      <span class="lettered-poster-name">{name}</span>
    </span>
  );
}

/** The same name has the same colour everywhere and always. */
function hueOf(name: string): number {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return hash % 360;
}
