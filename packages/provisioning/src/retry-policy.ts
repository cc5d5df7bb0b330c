const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The published schedule: the longest wait before try 2, 3, 4, ...; after the last one every 6 hours until parked. */
const SCHEDULE_MS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
const STEADY_MS = 6 * HOUR;
/** Full jitter makes the mean wait half of the longest. */
const JITTER_MEAN = 0.5;
/** Tries within 28 days: the schedule's, then one every three hours in the mean. */
const MAX_ATTEMPTS = SCHEDULE_MS.length + (27 * DAY) / (STEADY_MS * JITTER_MEAN);
/**
 * Access that should be gone is tried at least this often for the first day: within a minute of the app's return, the sweep and
 * the call included (R2).
 */
const REMOVAL_CEILING_MS = 45 * SECOND;
const REMOVAL_URGENT_ATTEMPTS = DAY / (REMOVAL_CEILING_MS * JITTER_MEAN);
/** A parked account is tried again once a day, and at once when anything about the person changes. */
export const PARKED_MS = DAY;

export type Retry = { kind: "later"; dueInMs: number } | { kind: "parked"; dueInMs: number };

/**
 * When an account whose try failed is tried again, with full jitter so that many failures do not return as one wave.
 *
 * @param attempts tries that failed so far, this one included
 * @param random a number in [0, 1)
 */
export function retryAfter(input: { attempts: number; removal: boolean; random: number }): Retry {
  const { attempts, removal, random } = input;
  if (removal && attempts <= REMOVAL_URGENT_ATTEMPTS) {
    const longest = Math.min(SCHEDULE_MS[attempts - 1] ?? REMOVAL_CEILING_MS, REMOVAL_CEILING_MS);
    return { kind: "later", dueInMs: jittered(longest, random) };
  }
  // After its first day a removal has had many tries more than the schedule knows, and its days still are those of others.
  if (attempts > MAX_ATTEMPTS + (removal ? REMOVAL_URGENT_ATTEMPTS : 0)) return { kind: "parked", dueInMs: PARKED_MS };
  return { kind: "later", dueInMs: jittered(SCHEDULE_MS[attempts - 1] ?? STEADY_MS, random) };
}

/** The full range below the longest wait, but never zero: a failed try is never repeated in the same breath. */
const jittered = (longestMs: number, random: number): number => Math.max(250, Math.round(longestMs * random));

const RETRY_AFTER_MIN_MS = SECOND;
const RETRY_AFTER_MAX_MS = HOUR;
const RETRY_AFTER_DEFAULT_MS = 5 * SECOND;
/** An app that asks for a pause is there; removals wait for it longer than for one that is not. */
const RETRY_AFTER_REMOVAL_MS = 5 * MINUTE;

/** How long a throttled lane pauses as a whole, and its removals: the app's Retry-After within sane bounds. */
export function throttleHold(retryAfterMs: number | null): { ms: number; removalMs: number } {
  const asked = Math.max(retryAfterMs ?? RETRY_AFTER_DEFAULT_MS, RETRY_AFTER_MIN_MS);
  return { ms: Math.min(asked, RETRY_AFTER_MAX_MS), removalMs: Math.min(asked, RETRY_AFTER_REMOVAL_MS) };
}

/** Removals rest with their lane, so this is below their ceiling. */
const OUTAGE_MAX_MS = 30 * SECOND;

/** How long a lane rests when a whole batch met an app that does not answer properly: 1 s, doubling to half a minute. */
export function outageHold(failures: number): number {
  return Math.min(SECOND * 2 ** (failures - 1), OUTAGE_MAX_MS);
}
