import { setTimeout as delay } from "node:timers/promises";

/** Gives up after this long; far beyond what a healthy gateway needs, so that a slow machine does not fail the demo. */
const DEFAULT_TIMEOUT_MS = 30_000;
const POLL_EVERY_MS = 20;

/**
 * Waits until `missing` answers undefined, and answers how long that took, in milliseconds.
 *
 * @throws {Error} after `timeoutMs`, saying what was missing last
 */
export async function waitUntil(
  what: string,
  missing: () => string | undefined | Promise<string | undefined>,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const startedAtMs = performance.now();
  for (;;) {
    options.signal?.throwIfAborted();
    const still = await missing();
    const elapsedMs = performance.now() - startedAtMs;
    if (still === undefined) return elapsedMs;
    if (elapsedMs > timeoutMs) throw new Error(`gave up after ${timeoutMs} ms waiting until ${what}: ${still}`);
    await delay(POLL_EVERY_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
