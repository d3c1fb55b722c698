import { formatFigure } from "../text/numbers";
import { formatDuration } from "../text/time";
import { codecWord, episodeCode, hdrWord, kindWord, resolutionBadge } from "../text/title-words";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import "./title-facts.css";

interface Props {
  title: TitleItem;
  contentRating?: string | null;
  rating?: number | null;
}

/** One line of facts: year, length, rating, and what the first file is made of. */
export function TitleFacts({ title, contentRating = null, rating = null }: Props) {
  const [file] = title.files;
  const resolution = file === undefined ? null : resolutionBadge(file);
  const code = episodeCode(title);
  return (
    <ul class="title-facts" aria-label={t("Facts")}>
      {title.kind !== "film" && <li>{code === "" ? kindWord(title.kind) : code}</li>}
      {title.year !== null && <li>{title.year}</li>}
      {title.duration_ms !== null && <li>{formatDuration(title.duration_ms)}</li>}
      {rating !== null && (
        <li>
          <span aria-hidden="true">★ {formatFigure(rating, 1)}</span>
          <span class="visually-hidden">{t("Rated {rating}", { rating: formatFigure(rating, 1) })}</span>
        </li>
      )}
      {contentRating !== null && <li class="badge">{contentRating}</li>}
      {resolution !== null && <li class="badge">{resolution}</li>}
      {file?.hdr != null && <li class="badge">{hdrWord(file.hdr)}</li>}
      {file?.video_codec != null && <li class="badge">{codecWord(file.video_codec)}</li>}
      {file?.audio_codec != null && <li class="badge">{codecWord(file.audio_codec)}</li>}
    </ul>
  );
}
