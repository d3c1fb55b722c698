import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../text/words";
import type { TitleItem } from "../types";
import { Icon } from "./icon";
import { TitleCard } from "./title-card";
import "./title-row.css";

interface Props {
  id: string;
  name: string;
  /** Where all titles of this row are shown, if such a page exists. */
  href?: string | undefined;
  items: TitleItem[];
  shape: "upright" | "wide";
  isEager?: boolean;
}

/** A row of cards that scrolls sideways: by touch, wheel, arrow keys, or the buttons for pointers. */
export function TitleRow({ id, name, href, items, shape, isEager = false }: Props) {
  const track = useRef<HTMLUListElement>(null);
  const [ends, setEnds] = useState({ isAtStart: true, isAtEnd: true });

  // Other items make another length.
  useEffect(() => {
    const element = track.current;
    if (element === null) return;
    const measure = () => {
      // Where one reads from the right, it counts below 0.
      const scrolled_px = Math.abs(element.scrollLeft);
      setEnds({
        isAtStart: scrolled_px < 8,
        isAtEnd: scrolled_px + element.clientWidth > element.scrollWidth - 8,
      });
    };
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      resized.disconnect();
    };
  }, [items]);

  const scroll = (pages: number) => {
    const element = track.current;
    if (element === null) return;
    const forward = getComputedStyle(element).direction === "rtl" ? -1 : 1;
    element.scrollBy({ left: forward * pages * element.clientWidth * 0.85 });
  };

  // A row is known by a genre's name too, and an identifier has no blanks.
  const headingId = useId();
  return (
    <section class="title-row" aria-labelledby={headingId}>
      <h2 class="title-row-name" id={headingId}>
        {href === undefined ? (
          name
        ) : (
          <a href={href}>
            {name}
            <Icon name="right" />
          </a>
        )}
      </h2>
      <div class="title-row-frame">
        <ul class={`title-row-track title-row-${shape}`} ref={track} data-track={id}>
          {items.map((title) => (
            <li key={title.id}>
              <TitleCard title={title} shape={shape} isEager={isEager} />
            </li>
          ))}
        </ul>
        <RowButton
          side="start"
          words={t("Back in {name}", { name })}
          isHidden={ends.isAtStart}
          onPress={() => scroll(-1)}
        />
        <RowButton
          side="end"
          words={t("Further in {name}", { name })}
          isHidden={ends.isAtEnd}
          onPress={() => scroll(1)}
        />
      </div>
    </section>
  );
}

interface ButtonProps {
  side: "start" | "end";
  words: string;
  isHidden: boolean;
  onPress: () => void;
}

/** For pointers only: keys and screen readers reach the cards themselves. */
function RowButton({ side, words, isHidden, onPress }: ButtonProps) {
  return (
    <button
      type="button"
      class={`title-row-button title-row-button-${side}`}
      tabIndex={-1}
      hidden={isHidden}
      aria-label={words}
      onClick={onPress}
    >
      <Icon name={side === "start" ? "left" : "right"} />
    </button>
  );
}
