import { CARD_PREVIEW_DELAY_MS } from "../limits";
import { useStay } from "../navigation/stay";
import { uprightPicture, widePicture } from "../text/title-pictures";
import { cardDetail, cardName } from "../text/title-words";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import { CardMarks } from "./card-marks";
import { CardPreview } from "./card-preview";
import { PosterArt } from "./poster-art";
import { ProgressBar } from "./progress-bar";
import "./title-card.css";

interface Props {
  title: TitleItem;
  /** `upright` opens the title's page; `wide` goes on watching where there is progress. */
  shape: "upright" | "wide";
  isEager?: boolean;
}

/** A title in a row or a grid: picture, name, one line of facts. Who stays on it looks into the film. */
export function TitleCard({ title, shape, isEager = false }: Props) {
  const { isStaying, listeners } = useStay(CARD_PREVIEW_DELAY_MS);
  const name = cardName(title);
  const detail = cardDetail(title);
  const isContinuing = shape === "wide" && title.progress !== null && title.files.length > 0;
  const path = isContinuing ? "watch" : "title";
  const picture = shape === "wide" ? widePicture(title) : uprightPicture(title);
  return (
    <a
      class={`title-card title-card-${shape}`}
      href={`/${path}/${encodeURIComponent(title.id)}`}
      {...listeners}
    >
      <span class="title-card-art">
        <PosterArt name={name} picture={picture} shape={shape} isEager={isEager} />
        {isStaying && <CardPreview title={title} />}
        {title.progress !== null && !title.progress.watched && (
          <ProgressBar progress={title.progress} isOnPicture />
        )}
        <CardMarks title={title} />
        {!title.is_available && <span class="title-card-away">{t("Not available now")}</span>}
      </span>
      <span class="title-card-words">
        <span class="title-card-name">{name}</span>
        {detail !== "" && <span class="title-card-detail">{detail}</span>}
      </span>
    </a>
  );
}
