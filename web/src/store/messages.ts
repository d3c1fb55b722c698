/** What came of something the viewer did, for a while, on whatever page they are by then. */
import { useEffect, useState } from "preact/hooks";
import { MESSAGE_STAY_MS } from "../limits";

export interface Message {
  id: number;
  text: string;
  isFailure: boolean;
}

/** One at a time: the newest says what matters now. */
let current: Message | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let told = 0;
const watchers = new Set<(message: Message | null) => void>();

export function tell(text: string, { isFailure = false } = {}): void {
  told += 1;
  show({ id: told, text, isFailure });
  clearTimeout(timer);
  timer = setTimeout(dismissMessage, MESSAGE_STAY_MS);
}

export function dismissMessage(): void {
  clearTimeout(timer);
  show(null);
}

export function useMessage(): Message | null {
  const [message, setMessage] = useState(current);
  useEffect(() => {
    watchers.add(setMessage);
    setMessage(current);
    return () => {
      watchers.delete(setMessage);
    };
  }, []);
  return message;
}

function show(message: Message | null) {
  current = message;
  for (const watcher of watchers) watcher(message);
}
