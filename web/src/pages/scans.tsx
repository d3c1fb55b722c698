import { useEffect, useRef, useState } from "preact/hooks";
import { fetchScans, requestScan } from "../api";
import { FindingList } from "../components/finding-list";
import { Icon } from "../components/icon";
import { LibraryFolders } from "../components/library-folders";
import { LoadFailure } from "../components/load-failure";
import { ScanHistory } from "../components/scan-history";
import { ScanProgress } from "../components/scan-progress";
import { LinesSkeleton } from "../components/skeletons";
import { SCAN_ITEMS, SCANS_MS } from "../limits";
import { usePageTitle } from "../navigation/page-title";
import { useLive } from "../store/live";
import { useResource } from "../store/resource";
import { refreshStatus, useStatus } from "../store/status";
import { t } from "../text/words";
import "./scans.css";

export function ScansPage() {
  usePageTitle(t("Scans"));
  const status = useStatus();
  const { live, isConnected } = useLive();
  const { resource, retry } = useResource("scans", (signal) => fetchScans(null, SCAN_ITEMS, signal));
  const [rounds, setRounds] = useState(0);
  const running = live?.scan?.state === "running" ? live.scan : null;
  const newest = resource.state === "ready" ? resource.value.items[0] : undefined;

  // The live events tell of a scan only if it lasts until the next one; quick ones show in the history alone.
  const isShown = resource.state === "ready";
  useEffect(() => {
    if (!isShown) return;
    retry();
    const timer = setInterval(retry, SCANS_MS);
    return () => clearInterval(timer);
  }, [isShown, running === null]);

  // Another scan, or the end of one: what it found and counted is asked for anew.
  useEffect(() => {
    if (newest === undefined) return;
    const interest = new AbortController();
    setRounds((count) => count + 1);
    void refreshStatus(interest.signal);
    return () => interest.abort();
  }, [newest?.id, newest?.state]);

  return (
    <div class="page scans-page">
      <div class="page-bar">
        <h1 class="page-title">{t("Scans")}</h1>
        <ScanButton isRunning={running !== null} onAsked={retry} />
      </div>
      {!isConnected && (
        <p class="muted" role="status">
          {t("Live progress is interrupted; connecting again…")}
        </p>
      )}
      {status !== null && <LibraryFolders status={status} />}
      <ScanProgress scan={running} />
      <section aria-labelledby="findings">
        <h2 id="findings">{t("What could not be read")}</h2>
        <FindingList key={rounds} />
      </section>
      <section aria-labelledby="history">
        <h2 id="history">{t("History")}</h2>
        {resource.state === "loading" && <LinesSkeleton lines={3} />}
        {resource.state === "failed" && <LoadFailure message={resource.message} onRetry={retry} />}
        {resource.state === "ready" && <ScanHistory scans={resource.value.items} />}
      </section>
    </div>
  );
}

const askedWords = (): Record<string, string> => ({
  started: t("The scan has begun."),
  waiting: t("A scan is running; another follows it."),
  already_waiting: t("Another scan is waiting already."),
});

function ScanButton({ isRunning, onAsked }: { isRunning: boolean; onAsked: () => void }) {
  const [answer, setAnswer] = useState("");
  const [isAsking, setAsking] = useState(false);
  const interest = useRef(new AbortController());
  useEffect(() => () => interest.current.abort(), []);

  const ask = async () => {
    setAsking(true);
    const outcome = await requestScan(interest.current.signal);
    if (outcome.status === "aborted") return;
    setAsking(false);
    setAnswer(outcome.status === "success" ? (askedWords()[outcome.value.state] ?? "") : outcome.message);
    onAsked();
  };

  return (
    <div class="scan-button">
      <span class="muted" role="status">
        {answer}
      </span>
      <button type="button" class="button button-main" disabled={isAsking} onClick={ask}>
        <Icon name="scan" />
        {isRunning ? t("Scan again after this") : t("Scan now")}
      </button>
    </div>
  );
}
