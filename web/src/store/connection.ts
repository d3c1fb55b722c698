/** Whether the server can be reached; while it cannot, it is asked now and then whether it is back. */
import { useEffect, useState } from "preact/hooks";
import { isServerUp, onReachability } from "../api";
import { RECONNECT_MS } from "../limits";

let isReachable = true;
let timer: ReturnType<typeof setTimeout> | null = null;
const watchers = new Set<(isReachable: boolean) => void>();

onReachability((reachable) => {
  if (reachable === isReachable) return;
  isReachable = reachable;
  if (!reachable) askAgain();
  for (const watcher of watchers) watcher(reachable);
});

function askAgain() {
  if (timer !== null) return;
  timer = setTimeout(async () => {
    timer = null;
    // The call itself tells `onReachability` when it gets through.
    await isServerUp(new AbortController().signal);
    if (!isReachable) askAgain();
  }, RECONNECT_MS);
}

/** Calls back whenever a lost server is found again. Returns how to stop. */
export function onReconnected(callback: () => void): () => void {
  const watcher = (reachable: boolean) => {
    if (reachable) callback();
  };
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function useReachable(): boolean {
  const [reachable, setReachable] = useState(isReachable);
  useEffect(() => {
    watchers.add(setReachable);
    setReachable(isReachable);
    return () => {
      watchers.delete(setReachable);
    };
  }, []);
  return reachable;
}
