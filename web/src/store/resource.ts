/**
 * What a page waits for. Answers are remembered for a while, so that going back shows the page at once; a fresh
 * answer is asked for all the same and replaces it.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Outcome } from "../api";
import { REMEMBERED_ANSWERS_MAX } from "../limits";
import { onReconnected } from "./connection";

export type Resource<Value> =
  | { state: "loading" }
  | { state: "ready"; value: Value }
  | { state: "failed"; message: string; httpStatus: number | null };

const remembered = new Map<string, unknown>();

function remember(key: string, value: unknown): void {
  remembered.delete(key);
  remembered.set(key, value);
  if (remembered.size > REMEMBERED_ANSWERS_MAX) {
    const [oldest] = remembered.keys();
    if (oldest !== undefined) remembered.delete(oldest);
  }
}

const recall = <Value>(key: string): Value | undefined => remembered.get(key) as Value | undefined;

/**
 * Loads `key` by `load` and again when it changes, on `retry`, and when a lost connection is back after a
 * failure. A load whose page has gone is aborted. `amend` changes what is known, until the next answer.
 */
export function useResource<Value>(
  key: string,
  load: (signal: AbortSignal) => Promise<Outcome<Value>>,
): { resource: Resource<Value>; retry: () => void; amend: (change: (value: Value) => Value) => void } {
  const [attempt, setAttempt] = useState(0);
  const [settled, setSettled] = useState<{ key: string; resource: Resource<Value> } | null>(null);
  const newestLoad = useRef(load);
  newestLoad.current = load;
  const resource = settled?.key === key ? settled.resource : startOf<Value>(key);
  const retry = () => {
    setSettled(null);
    setAttempt((count) => count + 1);
  };

  const amend = (change: (value: Value) => Value) => {
    const known = recall<Value>(key);
    if (known === undefined) return;
    const value = change(known);
    remember(key, value);
    setSettled({ key, resource: { state: "ready", value } });
  };

  // A new attempt is a reason to load again.
  useEffect(() => {
    const interest = new AbortController();
    newestLoad.current(interest.signal).then((outcome) => {
      if (outcome.status === "success") {
        remember(key, outcome.value);
        setSettled({ key, resource: { state: "ready", value: outcome.value } });
      } else if (outcome.status === "error") {
        const { message, httpStatus } = outcome;
        setSettled({ key, resource: { state: "failed", message, httpStatus } });
      }
    });
    return () => interest.abort();
  }, [key, attempt]);

  const hasFailed = resource.state === "failed";
  // Retry only sets state.
  useEffect(() => (hasFailed ? onReconnected(retry) : undefined), [hasFailed]);

  return { resource, retry, amend };
}

function startOf<Value>(key: string): Resource<Value> {
  const value = recall<Value>(key);
  return value === undefined ? { state: "loading" } : { state: "ready", value };
}
