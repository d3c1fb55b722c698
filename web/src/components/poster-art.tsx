import { useState } from "preact/hooks";
import "./poster-art.css";

interface Props {
  name: string;
  url: string | null;
  /** `upright` is a poster (2:3), `wide` a scene (16:9). */
  shape: "upright" | "wide";
  /** Pictures above the fold are fetched at once, others when they come near. */
  isEager?: boolean;
}

/**
 * A picture of a title in a box that keeps its place while the picture loads. Without a picture, a poster set in
 * type on two colours drawn from the name. Decoration: the name stands beside it in words.
 */
export function PosterArt({ name, url, shape, isEager = false }: Props) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const [loadedUrl, setLoadedUrl] = useState<string | null>(null);
  const hasPicture = url !== null && url !== failedUrl;
  return (
    <span class={`poster-art poster-art-${shape}`}>
      {hasPicture ? (
        <img
          class={loadedUrl === url ? "poster-art-picture is-loaded" : "poster-art-picture"}
          src={url}
          alt=""
          loading={isEager ? "eager" : "lazy"}
          decoding="async"
          onLoad={() => setLoadedUrl(url)}
          onError={() => setFailedUrl(url)}
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
