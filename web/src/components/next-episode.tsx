import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { NEXT_EPISODE_WAIT_MS } from "../limits";
import { widePicture } from "../text/title-pictures";
import { episodeCode } from "../text/title-words";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import { Icon } from "./icon";
import { PosterArt } from "./poster-art";
import "./next-episode.css";

interface Props {
  next: TitleItem | null;
  backPath: string;
  onStay: () => void;
}

/** After the end: the next episode, which starts by itself unless the viewer stays; or the way back. */
export function NextEpisode({ next, backPath, onStay }: Props) {
  const first = useRef<HTMLAnchorElement>(null);
  const { route } = useLocation();
  const [wait_ms, setWait] = useState(NEXT_EPISODE_WAIT_MS);
  const nextPath = next === null ? null : `/watch/${encodeURIComponent(next.id)}`;

  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    if (nextPath === null) return;
    if (wait_ms <= 0) {
      route(nextPath, true);
      return;
    }
    const timer = setTimeout(() => setWait(wait_ms - 1000), 1000);
    return () => clearTimeout(timer);
  }, [wait_ms, nextPath, route]);

  return (
    <section class="next-episode" aria-label={t("What next")}>
      {next !== null && nextPath !== null ? (
        <>
          <PosterArt name={next.name} picture={widePicture(next)} shape="wide" isEager />
          <p class="muted">{t("Next: {episode}", { episode: episodeCode(next) })}</p>
          <h2>{next.name}</h2>
          <div class="actions">
            <a class="button button-main" href={nextPath} ref={first}>
              <Icon name="play" />
              {t("Play in {seconds} s", { seconds: Math.ceil(wait_ms / 1000) })}
            </a>
            <button type="button" class="button" onClick={onStay}>
              {t("Stay here")}
            </button>
          </div>
        </>
      ) : (
        <>
          <h2>{t("That was all")}</h2>
          <div class="actions">
            <a class="button button-main" href={backPath} ref={first}>
              <Icon name="back" />
              {t("Back")}
            </a>
            <button type="button" class="button" onClick={onStay}>
              {t("Stay here")}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
