import type { MinuteCount } from "@muster/store";

/** A lane is failing when half of at least so many tries in so many minutes came to nothing. */
const WINDOW_MINUTES = 5;
const FEWEST_TRIES = 20;
const FAILED_SHARE = 0.5;

const MINUTE_MS = 60_000;

export type Tries = { tried: number; failed: number };

/** Adds tries to the counts of the minute that `nowMs` is in and forgets the minutes before the window. */
export function countTries(recent: readonly MinuteCount[], nowMs: number, tries: Tries): MinuteCount[] {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const kept = recent.filter((count) => count.minute > minute - WINDOW_MINUTES && count.minute < minute);
  const present = recent.find((count) => count.minute === minute) ?? { minute, tried: 0, failed: 0 };
  return [...kept, { minute, tried: present.tried + tries.tried, failed: present.failed + tries.failed }];
}

/** All tries of the window that ends with `nowMs`, when so many of them failed that the app must be left in peace; else null. */
export function failingShare(recent: readonly MinuteCount[], nowMs: number): Tries | null {
  const first = Math.floor(nowMs / MINUTE_MS) - WINDOW_MINUTES;
  const window = recent.filter((count) => count.minute > first);
  const tried = window.reduce((sum, count) => sum + count.tried, 0);
  const failed = window.reduce((sum, count) => sum + count.failed, 0);
  return tried >= FEWEST_TRIES && failed >= tried * FAILED_SHARE ? { tried, failed } : null;
}

/** How many calls of a lane may be in flight. */
export function inFlightLimit(ramp: number | null, most: number): number {
  return ramp === null ? most : Math.min(ramp, most);
}

/** The next step of the way back after a good batch: twice as many calls in flight, and null once that is the connection's limit. */
export function rampUp(ramp: number | null, most: number): number | null {
  return ramp === null || ramp * 2 >= most ? null : ramp * 2;
}

/** Waits between probes in the first hour, in minutes; then hourly for a week, daily to day 28. */
const PROBE_MINUTES = [1, 2, 5, 10, 30];
const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const LAST_DAY = 28 * DAY;

/** How long a quarantine lasts that its administrator is told of again, in minutes, and the kinds of those notices. */
const REMINDERS = [
  { afterMinutes: WEEK, kind: "connection.quarantined.7", days: 7 },
  { afterMinutes: 3 * WEEK, kind: "connection.quarantined.21", days: 21 },
] as const;

export type Quarantine = {
  /** Probes that failed since it began. */
  probes: number;
  /** Milliseconds since it began. */
  ageMs: number;
};

/**
 * How long a quarantined lane waits for its next probe; null when it has been tried for 28 days: it is disabled then.
 *
 * @param minuteMs how long a minute of the schedule is, which only tests shorten
 */
export function probeDelay({ probes, ageMs }: Quarantine, minuteMs: number = MINUTE_MS): number | null {
  const early = PROBE_MINUTES[probes];
  const age = ageMs / minuteMs;
  if (age >= LAST_DAY) return null;
  if (early !== undefined) return early * minuteMs;
  return (age < WEEK ? HOUR : DAY) * minuteMs;
}

/** For a day, the same as a removal's tries may be apart (R2), in minutes. */
const REMOVAL_PROBE_MINUTES = 0.75;

/** How long a removal waits at most for a probe because of itself, while the app is out of order; null once that has lasted a day. */
export function removalProbeDelay({ ageMs }: Pick<Quarantine, "ageMs">, minuteMs: number = MINUTE_MS): number | null {
  return ageMs / minuteMs < DAY ? REMOVAL_PROBE_MINUTES * minuteMs : null;
}

/** The reminder that a quarantine of this age calls for, the latest of them; null before the first. */
export function reminderOf(ageMs: number, minuteMs: number = MINUTE_MS): (typeof REMINDERS)[number] | null {
  return REMINDERS.findLast((reminder) => ageMs / minuteMs >= reminder.afterMinutes) ?? null;
}
