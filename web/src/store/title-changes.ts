import type { Outcome } from "../api";
import { storeFavourite, storeWatched } from "../api";
import { t } from "../text/words";
import type { TitleDetail } from "../types";
import { tell } from "./messages";
import { withEpisodeWatched, withWatched } from "./watched";

export interface TitleChanges {
  setFavourite: (isFavourite: boolean) => void;
  /** Of a series, a season of it or, with null, all. */
  setWatched: (isWatched: boolean, season: number | null) => void;
  setEpisodeWatched: (id: string, isWatched: boolean) => void;
}

type Amend = (change: (title: TitleDetail) => TitleDetail) => void;

/**
 * What a viewer marks on a title's page is shown at once. `refresh` asks for what the server made of it; where it
 * could not be stored the page is as before, and says so.
 */
export function titleChanges(title: TitleDetail, amend: Amend, refresh: () => void): TitleChanges {
  const make = async (change: (title: TitleDetail) => TitleDetail, failed: string, call: () => Call) => {
    amend(change);
    const outcome = await call();
    if (outcome.status === "error") {
      amend(() => title);
      tell(`${failed} ${outcome.message}`, { isFailure: true });
    }
    refresh();
  };
  return {
    setFavourite: (is_favourite) =>
      void make(
        (before) => ({ ...before, is_favourite }),
        t("The favourite could not be stored, so it is as before."),
        () => storeFavourite(title.id, is_favourite),
      ),
    setWatched: (isWatched, season) =>
      void make(
        (before) => withWatched(before, isWatched, season),
        t("What is watched could not be stored, so it is as before."),
        () => storeWatched(title.id, isWatched, season),
      ),
    setEpisodeWatched: (id, isWatched) =>
      void make(
        (before) => withEpisodeWatched(before, id, isWatched),
        t("What is watched could not be stored, so it is as before."),
        () => storeWatched(id, isWatched, null),
      ),
  };
}

type Call = Promise<Outcome<null>>;
