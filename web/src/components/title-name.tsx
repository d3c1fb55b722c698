import { useState } from "preact/hooks";
import { cardSources } from "../text/title-pictures";
import type { TitleItem } from "../types";
import "./title-name.css";

/** The page's heading: the title's logo where there is one, else its name in type. */
export function TitleName({ title }: { title: TitleItem }) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const [wholeUrl, setWholeUrl] = useState<string | null>(null);
  const { logo_url: url, name } = title;
  if (url !== null && url !== failedUrl) {
    return (
      <h1 class="title-name">
        <img
          class="title-name-logo"
          sizes="(max-width: 40rem) 78vw, 30rem"
          {...(wholeUrl === url ? {} : { srcset: cardSources(url) })}
          src={url}
          alt={name}
          onError={() => (wholeUrl === url ? setFailedUrl(url) : setWholeUrl(url))}
        />
      </h1>
    );
  }
  return <h1 class={name.length > 26 ? "title-name title-name-long" : "title-name"}>{name}</h1>;
}
