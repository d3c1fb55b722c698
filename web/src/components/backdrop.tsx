import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Picture, screenSources } from "../text/title-pictures";
import { TitlePicture } from "./title-picture";
import "./backdrop.css";

interface Props {
  picture: Picture | null;
  /** Lies over the picture, below what darkens it. */
  children?: ComponentChildren;
}

/** The picture behind a hero, darkened towards its text so that words stay readable on any picture. */
export function Backdrop({ picture, children }: Props) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  return (
    <div class="backdrop" aria-hidden="true">
      {picture !== null && picture.url !== failedUrl && (
        <TitlePicture
          picture={picture}
          srcset={screenSources(picture.url)}
          sizes="100vw"
          isEager
          isLargest
          onFailed={() => setFailedUrl(picture.url)}
        />
      )}
      {children}
    </div>
  );
}
