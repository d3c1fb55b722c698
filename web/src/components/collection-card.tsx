import { titlesWords } from "../text/filter-words";
import type { Collection } from "../types";
import { PosterArt } from "./poster-art";
import "./title-card.css";

/** A collection among others: the picture of one of its titles, its name, and how many it has. */
export function CollectionCard({ collection }: { collection: Collection }) {
  const { id, name, titles, poster_url, poster_hash } = collection;
  const picture = poster_url === null ? null : { url: poster_url, hash: poster_hash };
  return (
    <a class="title-card" href={`/collection/${encodeURIComponent(id)}`}>
      <span class="title-card-art">
        <PosterArt name={name} picture={picture} shape="upright" />
      </span>
      <span class="title-card-words">
        <span class="title-card-name">{name}</span>
        <span class="title-card-detail">{titlesWords(titles)}</span>
      </span>
    </a>
  );
}
