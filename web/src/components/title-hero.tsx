import { backdropPicture } from "../text/title-pictures";
import type { TitleWithPlot } from "../types";
import { Backdrop } from "./backdrop";
import { Icon } from "./icon";
import { TitleFacts } from "./title-facts";
import { TitleName } from "./title-name";
import "./title-hero.css";

/** The featured title of the home page. */
export function TitleHero({ title }: { title: TitleWithPlot }) {
  const id = encodeURIComponent(title.id);
  const isResuming = title.progress !== null && !title.progress.watched;
  return (
    <section class="title-hero" aria-label="Featured">
      <Backdrop picture={backdropPicture(title)} />
      <div class="title-hero-text">
        <TitleName title={title} />
        <TitleFacts title={title} />
        {title.tagline !== null && <p class="title-hero-tagline">{title.tagline}</p>}
        {title.plot !== null && <p class="title-hero-plot">{title.plot}</p>}
        <div class="actions">
          <a class="button button-main" href={`/watch/${id}`}>
            <Icon name="play" />
            {isResuming ? "Resume" : "Play"}
          </a>
          <a class="button" href={`/title/${id}`}>
            <Icon name="info" />
            More info
          </a>
        </div>
      </div>
    </section>
  );
}
