import { useEffect, useRef } from "preact/hooks";
import { fetchTitles } from "../api";
import { tell } from "../store/messages";
import { t } from "../text/words";
import { findLetter, LETTERS } from "./letters";
import type { TitlePages } from "./title-pages";
import "./letter-rail.css";

interface Props {
  pages: TitlePages;
  /** The first title of the letter that was chosen. */
  onFound: (index: number) => void;
}

/** The way to a letter of a list that is ordered by name: along its side, or, on a phone, as a choice. */
export function LetterRail({ pages, onFound }: Props) {
  const search = useRef<AbortController | null>(null);
  useEffect(() => () => search.current?.abort(), []);

  const goTo = async (letter: string) => {
    const { outline, query } = pages;
    if (outline === null) return;
    search.current?.abort();
    const interest = new AbortController();
    search.current = interest;
    const index = await findLetter(letter, query, outline, fetchTitles, interest.signal);
    if (interest.signal.aborted) return;
    if (index === null) tell(t("The letter could not be found. Try again in a moment."), { isFailure: true });
    else onFound(index);
  };

  return (
    <>
      <nav class="letter-rail" aria-label={t("Letters")} data-aside>
        {LETTERS.map((letter) => (
          <button
            type="button"
            key={letter}
            onClick={() => goTo(letter)}
            aria-label={t("Go to {letter}", { letter })}
          >
            {letter}
          </button>
        ))}
      </nav>
      <label class="letter-choice">
        <span class="visually-hidden">{t("Go to letter")}</span>
        <select
          class="select"
          value=""
          onChange={(event) => {
            void goTo(event.currentTarget.value);
            event.currentTarget.value = "";
          }}
        >
          <option value="">A–Z</option>
          {LETTERS.map((letter) => (
            <option key={letter} value={letter}>
              {letter}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
