/** Accounts a second to which a 429 lowered a connection, and how long ago. */
export type LearnedRate = { perSecond: number; ageMs: number };

/** No 429 brings a connection below this. */
const LOWEST = 1;
/** One message of an app may be many answers: the rate is lowered once in this time. */
const SETTLE_MS = 10_000;
/** An app may have had a bad hour: the rate is tried higher again, twofold in this time. */
const DOUBLES_MS = 300_000;
/** A rate beyond this limits nothing. */
const HIGHEST = 1_000;

type Paced = { ratePerSecond: number | null; learnedRate: LearnedRate | null };

/** Accounts a second that may be begun: as set, or less while the app was found to take less; null for any number. */
export function rateOf({ ratePerSecond, learnedRate }: Paced): number | null {
  if (learnedRate === null) return ratePerSecond;
  const grown = learnedRate.perSecond * 2 ** (learnedRate.ageMs / DOUBLES_MS);
  if (grown >= HIGHEST) return ratePerSecond;
  return Math.min(grown, ratePerSecond ?? HIGHEST);
}

/** Half of what was sent when the app answered 429; null where it was lowered just now. */
export function lowerRate(paced: Paced, sent: { begun: number; durationMs: number }): number | null {
  if (paced.learnedRate !== null && paced.learnedRate.ageMs < SETTLE_MS) return null;
  const observed = (sent.begun * 1_000) / Math.max(1, sent.durationMs);
  return Math.max(LOWEST, Math.min(observed, rateOf(paced) ?? HIGHEST) / 2);
}
