const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * When an account is looked for a twin after a create was left behind whose end nobody knows: soon, because most senders that
 * were frozen go on within minutes, and a day later. Between and after them any change looks too, and full comparisons find the rest.
 */
const LOOKS_MS = [5 * MINUTE_MS, DAY_MS];
/** So long every change of the account looks for a twin first. */
const WATCH_MS = 7 * DAY_MS;

/** Whether the app may have got a second account of this person lately. */
export function mayHaveTwin(twinForMs: number | null): boolean {
  return twinForMs !== null && twinForMs < WATCH_MS;
}

/** Milliseconds until the account is looked for a twin again; null when no such look is planned. */
export function nextTwinLookMs(twinForMs: number | null): number | null {
  const next = twinForMs === null ? undefined : LOOKS_MS.find((lookMs) => lookMs > twinForMs);
  return next === undefined || twinForMs === null ? null : next - twinForMs;
}
