import type { Clock } from "@muster/runtime";

/** How much may come: `perSecond` for ever, and `burst` at once after a pause. */
export type Rate = { perSecond: number; burst: number };

export type TokenBuckets = {
  /** Takes one from this key's bucket: 0, or the milliseconds until there is one again. */
  take(key: string, rate: Rate): number;
  /** The same without taking. */
  waitMs(key: string, rate: Rate): number;
};

/**
 * Makes buckets that fill by the monotonic clock. Each is one number, the moment at which it will be full (the generic cell
 * rate algorithm of ATM Forum TM 4.0), and a full bucket needs none. Bounded: the least recently used goes first (V46).
 */
export function createTokenBuckets(deps: { clock: Clock; maxEntries: number }): TokenBuckets {
  const { clock, maxEntries } = deps;
  // A Map keeps its keys in the order of insertion: the first is the least recently used.
  const fullAtMs = new Map<string, number>();
  const waitOf = (key: string, { perSecond, burst }: Rate, nowMs: number): number => {
    const stepMs = 1_000 / perSecond;
    return Math.max(0, (fullAtMs.get(key) ?? nowMs) + stepMs - burst * stepMs - nowMs);
  };
  return {
    take(key, rate) {
      const nowMs = clock.monotonicMs();
      const waitMs = waitOf(key, rate, nowMs);
      if (waitMs > 0) return waitMs;
      const full = Math.max(nowMs, fullAtMs.get(key) ?? nowMs) + 1_000 / rate.perSecond;
      fullAtMs.delete(key);
      fullAtMs.set(key, full);
      const [oldest] = fullAtMs.keys();
      if (fullAtMs.size > maxEntries && oldest !== undefined) fullAtMs.delete(oldest);
      return 0;
    },
    waitMs: (key, rate) => waitOf(key, rate, clock.monotonicMs()),
  };
}
