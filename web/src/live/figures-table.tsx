import { t } from "../text/words";
import type { Moment } from "./history";
import { extremesOf, type Measure } from "./measures";

interface Props {
  measures: Measure[];
  moments: readonly Moment[];
}

/** What the charts show, as figures: for those who do not see them, and for exact comparison. */
export function FiguresTable({ measures, moments }: Props) {
  return (
    <details class="live-figures">
      <summary>{t("The charts as figures")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("Over the last minutes")}</th>
            <th scope="col">{t("Now")}</th>
            <th scope="col">{t("Lowest")}</th>
            <th scope="col">{t("Highest")}</th>
          </tr>
        </thead>
        <tbody>
          {measures.flatMap((measure) =>
            measure.series.map((series) => (
              <tr key={`${measure.name} ${series.name}`}>
                <th scope="row">
                  {measure.name}, {series.name}
                </th>
                {Object.entries(extremesOf(series, moments)).map(([which, value]) => (
                  <td key={which}>{value === null ? "–" : measure.format(value)}</td>
                ))}
              </tr>
            )),
          )}
        </tbody>
      </table>
    </details>
  );
}
