import { useEffect, useState } from "preact/hooks";
import { LIVE_HISTORY_MS } from "../limits";
import { followLive } from "../store/live";
import type { Live } from "../types";
import { LiveHistory, type Moment } from "./history";

export interface LiveHistoryView {
  /** Null before the first. */
  newest: Live | null;
  moments: readonly Moment[];
  isConnected: boolean;
}

/**
 * The live events and those of the last minutes. While the tab is hidden they are kept, but nothing is drawn; once
 * it has been hidden for as long as the charts reach back, there is nothing to keep and the server is left alone.
 */
export function useLiveHistory(): LiveHistoryView {
  const [view, setView] = useState<LiveHistoryView>({ newest: null, moments: [], isConnected: true });

  useEffect(() => {
    const history = new LiveHistory();
    let newest: Live | null = null;
    let isConnected = true;
    let stop: (() => void) | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const show = () => {
      if (document.visibilityState === "visible")
        setView({ newest, moments: history.moments.slice(), isConnected });
    };
    const follow = () => {
      stop ??= followLive({
        onLive: (live) => {
          newest = live;
          history.add(live);
          show();
        },
        onConnected: (connected) => {
          isConnected = connected;
          show();
        },
      });
    };
    const leave = () => {
      stop?.();
      stop = null;
    };
    const onVisibility = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") {
        timer = setTimeout(leave, LIVE_HISTORY_MS);
      } else {
        follow();
        show();
      }
    };

    follow();
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(timer);
      leave();
    };
  }, []);

  return view;
}
