import type { Clock } from "@muster/runtime";

export type VerifierCache<Value> = {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  clear(): void;
};

type Entry<Value> = { value: Value; expiresMs: number };

/**
 * Makes a small memory for what a credential lookup found, so that a busy directory costs no query a request. Bounded
 * in number and age: the age is the longest that a revocation can go unseen if its signal is lost (D03), and when it is
 * full the least recently used entry goes, so that a flood of made-up ids cannot make it grow (V46).
 */
export function createVerifierCache<Value>(deps: {
  maxEntries: number;
  ttlMs: number;
  clock: Clock;
}): VerifierCache<Value> {
  const { maxEntries, ttlMs, clock } = deps;
  // A Map keeps its keys in the order of insertion: the first is the least recently used.
  const entries = new Map<string, Entry<Value>>();
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) {
        return undefined;
      }
      entries.delete(key);
      if (entry.expiresMs <= clock.monotonicMs()) {
        return undefined;
      }
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, { value, expiresMs: clock.monotonicMs() + ttlMs });
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) {
        entries.delete(oldest);
      }
    },
    delete: (key) => {
      entries.delete(key);
    },
    clear: () => {
      entries.clear();
    },
  };
}
