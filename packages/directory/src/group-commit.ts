import type { TenantId } from "@muster/store";

/** A request that waits in line for a transaction. */
export type Waiting = {
  tenantId: TenantId;
  /** What no two requests of one batch may share; undefined where none excludes another. */
  key?: string;
};

export type GroupCommit<W extends Waiting> = { add(waiting: W): void };

/** Rows in one transaction: beyond it latency grows and throughput no longer does. */
const MAX_BATCH = 200;
/** Transactions at a time: one being committed while the next is being filled. */
const MAX_FLUSHES = 2;

/**
 * Makes a line of requests that share transactions (ADR 0009): those that arrive while one runs go into the next, and those
 * that arrive in one turn of the event loop go together. No timer, so a lone caller waits for nobody. `flush` settles every
 * caller of its batch and never rejects. Requests with one key go one after the other, in the order in which they came.
 */
export function makeGroupCommit<W extends Waiting>(flush: (batch: readonly W[]) => Promise<void>): GroupCommit<W> {
  const line: W[] = [];
  const busy = new Set<string>();
  let flushing = 0;
  let isPumpDue = false;

  /** After everything that has arrived by now: each connection is read in a turn of microtasks of its own. */
  function pumpSoon(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    setImmediate(pump);
  }

  function pump(): void {
    isPumpDue = false;
    while (flushing < MAX_FLUSHES && line.length > 0) {
      const batch = takeFairly(line, busy);
      if (batch.length === 0) return;
      flushing += 1;
      void flush(batch).finally(() => {
        flushing -= 1;
        for (const { key } of batch) if (key !== undefined) busy.delete(key);
        if (line.length > 0) pumpSoon();
      });
    }
  }

  return {
    add(waiting) {
      line.push(waiting);
      pumpSoon();
    },
  };
}

/**
 * Takes the next batch off the line, oldest first, but no tenant more than its share while others wait, and nothing whose
 * key is busy. The keys that it takes are busy from now on.
 */
function takeFairly<W extends Waiting>(line: W[], busy: Set<string>): W[] {
  const tenants = new Set(line.map((waiting) => waiting.tenantId)).size;
  const share = Math.ceil(MAX_BATCH / tenants);
  const taken = new Map<TenantId, number>();
  const batch: W[] = [];
  const left: W[] = [];
  for (const waiting of line) {
    const had = taken.get(waiting.tenantId) ?? 0;
    const isBusy = waiting.key !== undefined && busy.has(waiting.key);
    if (isBusy || had >= share || batch.length >= MAX_BATCH) left.push(waiting);
    else {
      taken.set(waiting.tenantId, had + 1);
      if (waiting.key !== undefined) busy.add(waiting.key);
      batch.push(waiting);
    }
  }
  line.splice(0, line.length, ...left);
  return batch;
}
