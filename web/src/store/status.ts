/** The server's own state (warnings, watching, how much it holds), asked for regularly while the page is seen. */
import { useEffect, useState } from "preact/hooks";
import { fetchStatus } from "../api";
import { STATUS_MS } from "../limits";
import type { Status } from "../types";
import { onReconnected } from "./connection";

let current: Status | null = null;
const watchers = new Set<(status: Status) => void>();

/** Asks now; whoever shows the state hears of the answer. A failure leaves the last answer standing. */
export async function refreshStatus(signal: AbortSignal): Promise<void> {
  const outcome = await fetchStatus(signal);
  if (outcome.status !== "success") return;
  current = outcome.value;
  for (const watcher of watchers) watcher(outcome.value);
}

/** The last known state, or null before the first answer. */
export function useStatus(): Status | null {
  const [status, setStatus] = useState(current);
  useEffect(() => {
    watchers.add(setStatus);
    return () => {
      watchers.delete(setStatus);
    };
  }, []);
  return status;
}

/** Keeps the state fresh while the component that calls this is shown. */
export function useStatusUpdates(): void {
  useEffect(() => {
    const interest = new AbortController();
    const refresh = () => {
      if (document.visibilityState === "visible") void refreshStatus(interest.signal);
    };
    refresh();
    const timer = setInterval(refresh, STATUS_MS);
    const stop = onReconnected(refresh);
    return () => {
      interest.abort();
      clearInterval(timer);
      stop();
    };
  }, []);
}
