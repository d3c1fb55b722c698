import { useEffect, useRef, useState } from "preact/hooks";
import { backdropPicture } from "../text/title-pictures";
import { t } from "../text/words";
import type { TitleWithPlot } from "../types";
import { Backdrop } from "./backdrop";
import { HeroPreview, useIsLookedAt } from "./hero-preview";
import { Icon } from "./icon";
import { TitleFacts } from "./title-facts";
import { TitleName } from "./title-name";
import "./mark-button.css";
import "./title-hero.css";

/** The featured title of the home page. Who looks at it for a moment sees it move, until they stop it. */
export function TitleHero({ title }: { title: TitleWithPlot }) {
  const id = encodeURIComponent(title.id);
  const isResuming = title.progress !== null && !title.progress.watched;
  const hero = useRef<HTMLElement>(null);
  const isLookedAt = useIsLookedAt(hero);
  const [state, setState] = useState<"still" | "moving" | "ended">("still");
  const mayMove = isLookedAt && state !== "ended";
  useEffect(() => setState("still"), [title.id]);

  return (
    <section class="title-hero" aria-label={t("Featured")} ref={hero}>
      <Backdrop picture={backdropPicture(title)}>
        {mayMove && (
          <HeroPreview
            key={title.id}
            title={title}
            onBegin={() => setState("moving")}
            onEnd={() => setState("ended")}
          />
        )}
      </Backdrop>
      <div class="title-hero-text">
        <TitleName title={title} />
        <TitleFacts title={title} />
        {title.tagline !== null && <p class="title-hero-tagline">{title.tagline}</p>}
        {title.plot !== null && <p class="title-hero-plot">{title.plot}</p>}
        <div class="actions">
          <a class="button button-main" href={`/watch/${id}`}>
            <Icon name="play" />
            {isResuming ? t("Resume") : t("Play")}
          </a>
          <a class="button" href={`/title/${id}`}>
            <Icon name="info" />
            {t("More info")}
          </a>
        </div>
      </div>
      {mayMove && state === "moving" && (
        <button
          type="button"
          class="mark-button title-hero-still"
          aria-label={t("Stop the preview")}
          onClick={() => setState("ended")}
        >
          <Icon name="pause" />
        </button>
      )}
    </section>
  );
}
