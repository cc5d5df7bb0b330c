/** Gives a taken slot back; calling it again does nothing. */
export type Release = () => void;

export type Slots = {
  /** Takes a slot if one is free, without waiting. */
  tryTake(): Release | null;
  /** Takes a slot, waiting in line for one; rejects with the signal's reason when that comes first. */
  take(signal?: AbortSignal): Promise<Release>;
  inUse(): number;
};

type Waiter = (release: Release) => void;

/**
 * Makes `count` slots to bound how many things run at once; those who wait are served in the order they came.
 *
 * @throws {RangeError} if `count` is not a positive whole number
 */
export function createSlots(count: number): Slots {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`the number of slots must be a positive whole number, not ${String(count)}`);
  }
  const waiters = new Set<Waiter>();
  let inUse = 0;

  const lend = (): Release => {
    inUse += 1;
    let isReturned = false;
    return () => {
      if (isReturned) {
        return;
      }
      isReturned = true;
      inUse -= 1;
      const [next] = waiters;
      if (next !== undefined) {
        waiters.delete(next);
        next(lend());
      }
    };
  };
  const tryTake = (): Release | null => (inUse < count ? lend() : null);

  return {
    tryTake,
    inUse: () => inUse,
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(abortReason(signal));
          return;
        }
        const release = tryTake();
        if (release !== null) {
          resolve(release);
          return;
        }
        const onAbort = (): void => {
          waiters.delete(waiter);
          reject(abortReason(signal));
        };
        const waiter: Waiter = (lent) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(lent);
        };
        waiters.add(waiter);
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("aborted while waiting for a slot", { cause: reason });
}
