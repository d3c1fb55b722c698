import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { t } from "../text/words";
import "uplot/dist/uPlot.min.css";
import { LIVE_HISTORY_MS } from "../limits";
import { useLightScheme } from "../navigation/colour-scheme";
import type { Moment } from "./history";
import { columnsOf, type Measure, wordsOf } from "./measures";

interface Props {
  measure: Measure;
  moments: readonly Moment[];
}

/** The last minutes of a measure as lines. It moves by a second at a time; nothing glides. */
export function Chart({ measure, moments }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const size = useSize(place);
  const isLight = useLightScheme();
  const columns = columnsOf(measure, moments) as uPlot.AlignedData;

  // Letters and colours are those of the moment in which a chart is made, so each size and scheme gets its own.
  useEffect(() => {
    if (place.current === null || size === null) return;
    const made = new uPlot(optionsOf(measure, size, place.current), columns, place.current);
    chart.current = made;
    return () => {
      chart.current = null;
      made.destroy();
    };
  }, [measure.name, size?.width, size?.height, isLight]);

  useEffect(() => chart.current?.setData(columns), [moments]);

  return <div class="live-chart" role="img" aria-label={wordsOf(measure, moments)} ref={place} />;
}

interface Size {
  width: number;
  height: number;
}

function useSize(element: { current: HTMLElement | null }): Size | null {
  const [size, setSize] = useState<Size | null>(null);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      if (width > 0 && height > 0) setSize({ width: Math.floor(width), height: Math.floor(height) });
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

/** Lines of the scale are so far apart at least, in letters' heights. */
const SCALE_SPACE = 2.6;

const COUNTED_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

function optionsOf(measure: Measure, { width, height }: Size, place: HTMLElement): uPlot.Options {
  const style = getComputedStyle(place);
  const token = (name: string) => style.getPropertyValue(name).trim();
  const letter_px = Number.parseFloat(style.fontSize);
  const axis: uPlot.Axis = {
    font: `${letter_px}px ${style.fontFamily}`,
    stroke: token("--text-muted"),
    grid: { stroke: token("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [letter_px * 0.6, letter_px * 1.2, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-LIVE_HISTORY_MS / 1000, 0] },
      y: { range: (_, __, highest) => [0, Math.max(measure.top_min, highest * 1.05)] },
    },
    axes: [
      {
        ...axis,
        size: letter_px * 2.2,
        gap: letter_px * 0.8,
        splits: () => MINUTES.map((minutes) => -60 * minutes),
        values: (_, splits) =>
          splits.map((seconds) =>
            seconds === 0 ? t("now") : t("−{minutes} min", { minutes: -seconds / 60 }),
          ),
      },
      {
        ...axis,
        size: letter_px * 6,
        gap: letter_px * 0.6,
        space: letter_px * SCALE_SPACE,
        // Figures have decimals so that they do not jump; a scale has none to spare.
        values: (_, splits) => splits.map((value) => measure.format(value).replace(/[.,]0+ /, " ")),
        ...(measure.isCounted ? { incrs: COUNTED_STEPS } : {}),
      },
    ],
    series: [
      {},
      ...measure.series.map((_, index) => ({
        stroke: token(`--live-line-${index + 1}`),
        width: Math.max(1.5, letter_px / 8),
        points: { show: false },
        ...(index === 0 || measure.isStacked ? { fill: token(`--live-area-${index + 1}`) } : {}),
      })),
    ],
  };
}

const MINUTES = Array.from({ length: LIVE_HISTORY_MS / 60_000 + 1 }, (_, index) => index).reverse();
