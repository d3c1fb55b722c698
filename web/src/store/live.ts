/** The server's live events while a component shows them. */
import { useEffect, useState } from "preact/hooks";
import { openLive } from "../api";
import { RECONNECT_MS } from "../limits";
import type { Live } from "../types";

interface Follower {
  onLive: (live: Live) => void;
  onConnected: (isConnected: boolean) => void;
}

/** Follows the events until the answer is called, through every loss of the connection. */
export function followLive({ onLive, onConnected }: Follower): () => void {
  let events: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    events = openLive();
    events.onopen = () => onConnected(true);
    events.onerror = () => {
      onConnected(false);
      // The browser tries again by itself, but not after an answer such as that too many follow already.
      if (events.readyState === EventSource.CLOSED) timer = setTimeout(open, RECONNECT_MS);
    };
    events.onmessage = (event: MessageEvent<string>) => {
      try {
        onLive(JSON.parse(event.data) as Live);
      } catch {
        // An event cut short by a breaking connection; the next second brings another.
      }
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    events.close();
  };
}

/** The newest event, or null before the first; `isConnected` is false while the browser reconnects. */
export function useLive(): { live: Live | null; isConnected: boolean } {
  const [live, setLive] = useState<Live | null>(null);
  const [isConnected, setConnected] = useState(true);
  useEffect(() => followLive({ onLive: setLive, onConnected: setConnected }), []);
  return { live, isConnected };
}
