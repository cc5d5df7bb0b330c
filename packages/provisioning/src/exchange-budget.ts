import type { Clock } from "@muster/runtime";

/** Calls that went well of which the whole is kept, per connection and second: what all of them cost would halve the pace (P9). */
const KEPT_PER_SECOND = 20;

/** Tells whether a connection may keep one more exchange that went well; those that failed are kept without asking. */
export type ExchangeBudget = (connectionId: string) => boolean;

/** Makes the budget of one process. It holds the connections of one second only. */
export function createExchangeBudget(clock: Clock, perSecond = KEPT_PER_SECOND): ExchangeBudget {
  const kept = new Map<string, number>();
  let second = -1;
  return (connectionId) => {
    const now = Math.floor(clock.monotonicMs() / 1_000);
    if (now !== second) {
      second = now;
      kept.clear();
    }
    const count = kept.get(connectionId) ?? 0;
    if (count >= perSecond) return false;
    kept.set(connectionId, count + 1);
    return true;
  };
}
