import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { whenNear } from "../navigation/when-near";
import { madePlaceholder, makePlaceholder } from "../text/placeholder";
import type { Picture } from "../text/title-pictures";
import "./title-picture.css";

interface Props {
  picture: Picture;
  srcset: string;
  sizes: string;
  /** Pictures above the fold are fetched at once, others when they come near. */
  isEager: boolean;
  /** The largest of a page is fetched before the others. */
  isLargest?: boolean;
  onFailed: () => void;
}

/**
 * A picture that fills its box, over a blurred one of a few bytes until it is there. Where the server cannot make
 * it smaller now it comes as it was found. Decoration: the name stands beside it in words.
 */
export function TitlePicture({ picture, srcset, sizes, isEager, isLargest = false, onFailed }: Props) {
  const { url, hash } = picture;
  const image = useRef<HTMLImageElement>(null);
  const [loadedUrl, setLoadedUrl] = useState<string | null>(null);
  const [wholeUrl, setWholeUrl] = useState<string | null>(null);
  const placeholder = usePlaceholder(hash, image);
  return (
    <>
      {placeholder !== null && (
        <span class="title-picture-placeholder" style={{ backgroundImage: `url(${placeholder})` }} />
      )}
      <img
        ref={image}
        class={loadedUrl === url ? "title-picture is-loaded" : "title-picture"}
        sizes={isEager ? sizes : `auto, ${sizes}`}
        loading={isEager ? "eager" : "lazy"}
        fetchpriority={isLargest ? "high" : "auto"}
        decoding="async"
        alt=""
        {...(wholeUrl === url ? {} : { srcset })}
        src={url}
        onLoad={() => setLoadedUrl(url)}
        onError={() => (wholeUrl === url ? onFailed() : setWholeUrl(url))}
      />
    </>
  );
}

/**
 * What to show until the picture is there. Only what comes into sight is made, as it takes a part of a millisecond
 * each, and a page may have hundreds.
 */
function usePlaceholder(hash: string | null, image: { current: HTMLImageElement | null }): string | null {
  const [, setMade] = useState<string | null>(null);
  const placeholder = hash === null ? null : madePlaceholder(hash);
  const isToBeMade = hash !== null && placeholder === undefined;

  useLayoutEffect(() => {
    const element = image.current;
    if (element === null || !isToBeMade) return;
    return whenNear(element, () => {
      const isThere = element.complete && element.naturalWidth > 0;
      if (!isThere) setMade(makePlaceholder(hash));
    });
  }, [hash, isToBeMade]);

  return placeholder ?? null;
}
