import type { Clock } from "@muster/runtime";
import type { AccountResult } from "./account-result.ts";

export type SendInput<Work> = {
  work: readonly Work[];
  inFlight: number;
  /** Starts of accounts per second, or null for as fast as the app answers. */
  ratePerSecond: number | null;
  clock: Clock;
  /** Asked after each result: true ends the batch early. */
  stop(result: AccountResult): boolean;
  send(work: Work): Promise<AccountResult>;
};

export type SentBatch<Work> = {
  results: AccountResult[];
  /** Accounts that were not begun. */
  untouched: Work[];
  /** The first error thrown by a send; the account it came from is among neither list. */
  error: unknown;
};

/** Sends a batch with so many in flight, in order, and waits for all that were begun. Never rejects. */
export async function sendBatch<Work>(input: SendInput<Work>): Promise<SentBatch<Work>> {
  const batch: SentBatch<Work> = { results: [], untouched: [], error: undefined };
  let next = 0;
  let stopped = false;
  let startAtMs = input.clock.monotonicMs();
  const intervalMs = input.ratePerSecond === null ? 0 : 1_000 / input.ratePerSecond;

  async function sendNext(): Promise<void> {
    while (!stopped && next < input.work.length) {
      const work = input.work[next];
      if (work === undefined) return;
      next += 1;
      if (intervalMs > 0) {
        const waitMs = startAtMs - input.clock.monotonicMs();
        startAtMs = Math.max(startAtMs, input.clock.monotonicMs()) + intervalMs;
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      try {
        const result = await input.send(work);
        batch.results.push(result);
        if (input.stop(result)) stopped = true;
      } catch (error) {
        stopped = true;
        batch.error ??= error;
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(input.inFlight, input.work.length) }, sendNext));
  batch.untouched.push(...input.work.slice(next));
  return batch;
}
