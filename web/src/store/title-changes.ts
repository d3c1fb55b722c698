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

type Change = (title: TitleDetail) => TitleDetail;

type Amend = (change: Change) => void;

/** Marks reach the server in the order in which they were made. */
let lastCall: Call = Promise.resolve({ status: "aborted" });

/**
 * What a viewer marks on a title's page is shown at once. `refresh` asks for what the server made of it; where it
 * could not be stored `undo` makes the page as before, and it says so.
 */
export function titleChanges(title: TitleDetail, amend: Amend, refresh: () => void): TitleChanges {
  const make = async (change: Change, undo: Change, failed: string, call: () => Call) => {
    amend(change);
    lastCall = lastCall.then(call);
    const outcome = await lastCall;
    if (outcome.status === "error") {
      amend(undo);
      tell(`${failed} ${outcome.message}`, { isFailure: true });
    } else {
      refresh();
    }
  };
  const undoWatched: Change = ({ is_favourite }) => ({ ...title, is_favourite });
  const watchedFailed = t("What is watched could not be stored, so it is as before.");
  return {
    setFavourite: (is_favourite) =>
      void make(
        (before) => ({ ...before, is_favourite }),
        (now) => ({ ...now, is_favourite: title.is_favourite }),
        t("The favourite could not be stored, so it is as before."),
        () => storeFavourite(title.id, is_favourite),
      ),
    setWatched: (isWatched, season) =>
      void make(
        (before) => withWatched(before, isWatched, season),
        undoWatched,
        watchedFailed,
        () => storeWatched(title.id, isWatched, season),
      ),
    setEpisodeWatched: (id, isWatched) =>
      void make(
        (before) => withEpisodeWatched(before, id, isWatched),
        undoWatched,
        watchedFailed,
        () => storeWatched(id, isWatched, null),
      ),
  };
}

type Call = Promise<Outcome<null>>;
