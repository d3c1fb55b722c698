import { formatCount } from "../text/numbers";
import { t, tn } from "../text/words";
import type { TitleItem } from "../types";
import { Icon } from "./icon";
import "./card-marks.css";

/** What the viewer has to do with a title, in its corner: a favourite, seen, or how many episodes are still to see. */
export function CardMarks({ title }: { title: TitleItem }) {
  const { episodes, is_favourite, progress } = title;
  const unwatched = episodes === null ? 0 : episodes.listed - episodes.watched;
  const isBegun = episodes !== null && episodes.watched > 0 && unwatched > 0;
  const isWatched =
    progress?.watched === true || (episodes !== null && episodes.listed > 0 && unwatched === 0);
  if (!is_favourite && !isBegun && !isWatched) return null;
  return (
    <span class="card-marks">
      {is_favourite && (
        <span class="card-mark">
          <Icon name="heartFilled" />
          <span class="visually-hidden">{t("Favourite")}</span>
        </span>
      )}
      {isWatched && (
        <span class="card-mark">
          <Icon name="check" />
          <span class="visually-hidden">{t("Watched")}</span>
        </span>
      )}
      {isBegun && (
        <span class="card-mark card-mark-count">
          <span aria-hidden="true">{formatCount(unwatched)}</span>
          <span class="visually-hidden">
            {tn(unwatched, "{count} episode not watched", "{count} episodes not watched")}
          </span>
        </span>
      )}
    </span>
  );
}
