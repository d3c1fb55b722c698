import { Chart } from "./chart";
import type { Moment, Sample } from "./history";
import type { Measure } from "./measures";

interface Props {
  measure: Measure;
  newest: Sample;
  moments: readonly Moment[];
}

/** A large figure to be read from afar, and the minutes that led to it. */
export function MeasureCard({ measure, newest, moments }: Props) {
  const { name, series, isStacked } = measure;
  const hasKeys = series.length > 1;
  return (
    <section class="measure-card" aria-label={name}>
      <div class="measure-head">
        <h2>{name}</h2>
        {hasKeys && (
          <ul class="measure-keys">
            {series.map((line, index) => {
              const value = line.of(newest);
              return (
                <li key={line.name}>
                  <span class={isStacked ? "measure-key is-area" : "measure-key"} data-line={index + 1} />
                  {line.name} <b>{value === null ? "–" : measure.format(value)}</b>
                </li>
              );
            })}
          </ul>
        )}
      </div>
      <p class="measure-figure">
        <Figure text={measure.figure(newest)} /> <span class="measure-note">{measure.note(newest)}</span>
      </p>
      <Chart measure={measure} moments={moments} />
    </section>
  );
}

/** The number large, its unit less so. */
function Figure({ text }: { text: string | null }) {
  if (text === null) return <span class="measure-number">–</span>;
  const [number, unit] = text.split(" ");
  return (
    <>
      <span class="measure-number">{number}</span>
      {unit !== undefined && <span class="measure-unit"> {unit}</span>}
    </>
  );
}
