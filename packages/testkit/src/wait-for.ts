import { setTimeout as sleep } from "node:timers/promises";

export type WaitForOptions = {
  timeoutMs: number;
  everyMs?: number;
  /** What is waited for, as the rest of the sentence "timed out waiting for ...". */
  what: string;
};

/**
 * Polls until `condition` gives something truthy and returns that. A condition that throws is asked again.
 *
 * @throws naming `what`, with the last error as its cause, when `timeoutMs` have passed
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs, everyMs = 25, what }: WaitForOptions,
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const outcome = await condition();
      if (isTruthy(outcome)) {
        return outcome;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadlineMs) {
      const last = cause instanceof Error ? `; last error: ${cause.message}` : "";
      throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}${last}`, { cause });
    }
    await sleep(everyMs);
  }
}

function isTruthy<T>(value: T): value is Exclude<T, false | 0 | "" | null | undefined> {
  return Boolean(value);
}
