/** The server's live events while a component shows them. */
import { useEffect, useState } from "preact/hooks";
import { openLive } from "../api";
import type { Live } from "../types";

/** The newest event, or null before the first; `isConnected` is false while the browser reconnects. */
export function useLive(): { live: Live | null; isConnected: boolean } {
  const [live, setLive] = useState<Live | null>(null);
  const [isConnected, setConnected] = useState(true);
  useEffect(() => {
    const events = openLive();
    events.onopen = () => setConnected(true);
    events.onerror = () => setConnected(false);
    events.onmessage = (event: MessageEvent<string>) => {
      try {
        setLive(JSON.parse(event.data) as Live);
      } catch {
        // An event cut short by a breaking connection; the next second brings another.
      }
    };
    return () => events.close();
  }, []);
  return { live, isConnected };
}
