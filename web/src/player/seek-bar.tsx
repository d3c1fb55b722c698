import { useEffect, useRef, useState } from "preact/hooks";
import { SEEK_PREVIEW_STAY_MS } from "../limits";
import { formatPosition } from "../text/time";
import { t } from "../text/words";
import type { Chapter } from "../types";
import { chapterAt } from "./chapters";
import type { Stretch } from "./media-facts";
import { SeekPreview } from "./seek-preview";
import "./seek-bar.css";

interface Props {
  fileId: string;
  position_s: number;
  /** 0 while it is not known. */
  duration_s: number;
  /** What the browser has of the file. */
  buffered: readonly Stretch[];
  /** In time order. */
  chapters: readonly Chapter[];
  /** How often the position was changed by seeking, in whatever way. */
  seeks: number;
  onSeek: (position_s: number) => void;
}

/**
 * The time line: shows a picture of the film for the place the pointer is at, or that keys or a finger move to.
 * A drag only aims; the film goes there when it ends. Keys and screen readers use the range input inside, which
 * the pointer does not see: iOS would move it by its thumb alone.
 */
export function SeekBar({ fileId, position_s, duration_s, buffered, chapters, seeks, onSeek }: Props) {
  const line = useRef<HTMLDivElement>(null);
  const [aim_s, setAim] = useState<number | null>(null);
  const [isDragging, setDragging] = useState(false);
  const hasSought = useIsRecent(seeks);
  const isKnown = duration_s > 0;
  const shown_s = isDragging && aim_s !== null ? aim_s : Math.min(position_s, duration_s);
  const preview_s = aim_s ?? (hasSought ? shown_s : null);
  const shareOf = (time_s: number) => (isKnown ? Math.min(1, Math.max(0, time_s / duration_s)) : 0);

  const placeOf = ({ clientX }: PointerEvent) => {
    const { left, width } = line.current?.getBoundingClientRect() ?? new DOMRect();
    return width > 0 ? Math.min(1, Math.max(0, (clientX - left) / width)) * duration_s : 0;
  };

  return (
    <div
      class={isDragging ? "seek-bar is-dragging" : "seek-bar"}
      onPointerDown={(event) => {
        if (!isKnown || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        setAim(placeOf(event));
      }}
      onPointerMove={(event) => {
        // A finger aims by dragging alone.
        if (isKnown && (isDragging || event.pointerType === "mouse")) setAim(placeOf(event));
      }}
      onPointerUp={(event) => {
        if (!isDragging) return;
        setDragging(false);
        onSeek(placeOf(event));
        if (event.pointerType !== "mouse") setAim(null);
      }}
      onPointerCancel={() => {
        setDragging(false);
        setAim(null);
      }}
      onPointerLeave={() => {
        if (!isDragging) setAim(null);
      }}
    >
      <input
        type="range"
        class="seek-bar-input"
        aria-label={t("Seek")}
        aria-valuetext={t("{position} of {duration}", {
          position: formatPosition(shown_s * 1000),
          duration: formatPosition(duration_s * 1000),
        })}
        min={0}
        max={duration_s}
        step={1}
        value={shown_s}
        disabled={!isKnown}
        onInput={(event) => onSeek(event.currentTarget.valueAsNumber)}
      />
      <div class="seek-bar-line" ref={line}>
        {buffered.map(({ start_s, end_s }) => (
          <span
            key={start_s}
            class="seek-bar-buffered"
            style={{ "--from": `${shareOf(start_s)}`, "--to": `${shareOf(end_s)}` }}
          />
        ))}
        {aim_s !== null && !isDragging && (
          <span class="seek-bar-aim" style={{ "--from": "0", "--to": `${shareOf(aim_s)}` }} />
        )}
        <span class="seek-bar-played" style={{ "--from": "0", "--to": `${shareOf(shown_s)}` }} />
        {chapters.map(
          ({ start_ms }) =>
            start_ms > 0 && (
              <span
                key={start_ms}
                class="seek-bar-chapter"
                style={{ "--at": `${shareOf(start_ms / 1000)}` }}
              />
            ),
        )}
        <span class="seek-bar-knob" style={{ "--at": `${shareOf(shown_s)}` }} />
        {isKnown && (
          <SeekPreview
            fileId={fileId}
            position_ms={preview_s === null ? null : preview_s * 1000}
            share={shareOf(preview_s ?? 0)}
            chapterName={chapterAt(chapters, (preview_s ?? 0) * 1000)?.name ?? ""}
          />
        )}
      </div>
    </div>
  );
}

/** True for a while after `count` has changed. */
function useIsRecent(count: number): boolean {
  const [passed, setPassed] = useState(count);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(count), SEEK_PREVIEW_STAY_MS);
    return () => clearTimeout(timer);
  }, [count]);
  return count !== passed;
}
