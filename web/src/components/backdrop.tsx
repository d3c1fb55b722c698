import { useState } from "preact/hooks";
import "./backdrop.css";

interface Props {
  url: string | null;
}

/** The picture behind a hero, darkened towards its text so that words stay readable on any picture. */
export function Backdrop({ url }: Props) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const [loadedUrl, setLoadedUrl] = useState<string | null>(null);
  return (
    <div class="backdrop" aria-hidden="true">
      {url !== null && url !== failedUrl && (
        <img
          class={loadedUrl === url ? "is-loaded" : ""}
          src={url}
          alt=""
          fetchpriority="high"
          onLoad={() => setLoadedUrl(url)}
          onError={() => setFailedUrl(url)}
        />
      )}
    </div>
  );
}
