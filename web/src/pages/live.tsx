import { LinesSkeleton } from "../components/skeletons";
import { FiguresTable } from "../live/figures-table";
import { MeasureCard } from "../live/measure-card";
import { measuresOf } from "../live/measures";
import { StreamList } from "../live/stream-list";
import { useLiveHistory } from "../live/use-live-history";
import { usePageTitle } from "../navigation/page-title";
import { t } from "../text/words";
import "./live.css";

/** What the server does right now and has done in the last minutes, to be left open on a wall. */
export function LivePage() {
  usePageTitle(t("Live"));
  const { newest, moments, isConnected } = useLiveHistory();
  const measures = newest === null ? [] : measuresOf(newest);
  return (
    <div class="page page-wide live-page">
      <div class="page-bar">
        <h1 class="page-title">{t("Live")}</h1>
        <p class={isConnected ? "live-state" : "live-state is-lost"} role="status">
          {stateWords(isConnected, newest !== null)}
        </p>
      </div>
      {newest === null ? (
        <LinesSkeleton lines={6} />
      ) : (
        <div class="live-board">
          <div class="live-measures">
            {measures.map((measure) => (
              <MeasureCard key={measure.name} measure={measure} newest={newest} moments={moments} />
            ))}
          </div>
          <StreamList live={newest} />
          <FiguresTable measures={measures} moments={moments} />
        </div>
      )}
    </div>
  );
}

function stateWords(isConnected: boolean, hasEvents: boolean): string {
  if (!isConnected) return t("The connection is lost; trying again. The charts will have a gap.");
  return hasEvents ? t("As it happens, once a second") : t("Waiting for the first second");
}
