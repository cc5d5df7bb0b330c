/** Up to so many people one cause may always remove, however small the app. */
export const ALWAYS_ALLOWED = 20;

export type GuardVerdict = { kind: "pass" } | { kind: "hold"; threshold: number };

/** How many people in scope one cause may take access from without being asked about. */
export function guardThreshold(inScope: number, percent: number): number {
  return Math.max(ALWAYS_ALLOWED, Math.floor((inScope * percent) / 100));
}

/**
 * Decides about one cause of removals: held when it takes access from more than `max(20, percent of the people in scope)`,
 * or from anybody when its source was read in part only.
 *
 * @param cost.losing people who would lose access
 * @param cost.inScope people in scope before the change
 * @param cost.percent 1 to 50
 */
export function judgeCost(cost: { losing: number; inScope: number; percent: number; holdAll: boolean }): GuardVerdict {
  if (cost.losing === 0) return { kind: "pass" };
  if (cost.holdAll) return { kind: "hold", threshold: 0 };
  const threshold = guardThreshold(cost.inScope, cost.percent);
  return cost.losing > threshold ? { kind: "hold", threshold } : { kind: "pass" };
}
