import { setImmediate as nextTurn } from "node:timers/promises";
import { withDeadline } from "./deadline.ts";
import { isLaneKey, laneId } from "./lane-job.ts";
import type { LaneKey } from "./queue.ts";

export type DoorbellDeps = {
  send(lanes: readonly LaneKey[]): Promise<void>;
  failed(cause: unknown, rings: number): void;
  foldWindowMs: number;
  sendTimeoutMs: number;
};

export type Doorbell = {
  ring(lanes: Iterable<LaneKey>): void;
  counters(): { rung: number; folded: number; failedRings: number };
  /** Resolves when every ring so far was sent or has failed, or after `timeoutMs` milliseconds. */
  flush(timeoutMs: number): Promise<void>;
};

// One pipeline of 200 adds takes about 10 ms; longer ones would delay the lanes behind them.
const batchSize = 200;
// About 5 MB of keys. What does not fit is left to the sweep.
const maxRememberedLanes = 20_000;

/**
 * Makes the sending side of one doorbell. A lane's first ring goes out at the end of this turn of the event loop, together
 * with the others, because a shared transaction makes many lanes due at once. Rings within the fold window become one
 * ring at its end, because the drain may have looked before the later commit. One batch is on its way at a time, so rings
 * pile up into larger batches when the queue is slow. A batch that fails is dropped and counted.
 */
export function createDoorbell(deps: DoorbellDeps): Doorbell {
  const due = new Map<string, LaneKey>();
  const quiet = new Map<string, LaneKey | undefined>();
  const counters = { rung: 0, folded: 0, failedRings: 0 };
  const idle = new Set<() => void>();
  let sending = false;

  function fail(cause: unknown, rings: number): void {
    counters.failedRings += rings;
    deps.failed(cause, rings);
  }

  function accept(lane: LaneKey): void {
    const id = laneId(lane);
    if (!isLaneKey(lane)) fail(new Error("a ring without valid ids"), 1);
    else if (due.has(id) || quiet.get(id) !== undefined) counters.folded += 1;
    else if (quiet.has(id)) quiet.set(id, lane);
    else if (due.size + quiet.size >= maxRememberedLanes) fail(new Error("too many lanes wait to be rung"), 1);
    else due.set(id, lane);
  }

  function endWindow(ids: readonly string[]): void {
    for (const id of ids) {
      const lane = quiet.get(id);
      quiet.delete(id);
      if (lane !== undefined) due.set(id, lane);
    }
    pump();
  }

  async function sendBatch(batch: ReadonlyArray<readonly [string, LaneKey]>): Promise<void> {
    for (const [id] of batch) {
      due.delete(id);
      quiet.set(id, undefined);
    }
    setTimeout(
      endWindow,
      deps.foldWindowMs,
      batch.map(([id]) => id),
    );
    try {
      await withDeadline(deps.send(batch.map(([, lane]) => lane)), deps.sendTimeoutMs, "ringing");
      counters.rung += batch.length;
    } catch (cause) {
      fail(cause, batch.length);
    }
  }

  async function pumpAll(): Promise<void> {
    sending = true;
    await nextTurn();
    while (due.size > 0) await sendBatch([...due.entries().take(batchSize)]);
    sending = false;
    if (quiet.size > 0) return;
    for (const resolve of idle) resolve();
    idle.clear();
  }

  function pump(): void {
    if (!sending) void pumpAll();
  }

  return {
    ring(lanes) {
      for (const lane of lanes) accept(lane);
      pump();
    },
    counters: () => ({ ...counters }),
    async flush(timeoutMs) {
      if (!sending && due.size === 0 && quiet.size === 0) return;
      const drained = new Promise<void>((resolve) => idle.add(resolve));
      await withDeadline(drained, timeoutMs, "flushing rings").catch(() => undefined);
    },
  };
}
