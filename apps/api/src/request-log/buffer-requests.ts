import { type Logger, type Metrics, startLoop } from "@muster/runtime";
import { type Database, insertRequests, type NewRequest, StoreUnavailable, type TenantId } from "@muster/store";

export type BufferedRequest = { tenantId: TenantId; request: NewRequest };

/** Keeps records on their way to the database: off the requests' way, bounded, and never a reason for one to fail. */
export type RequestBuffer = {
  /** Whether there is room; what a full buffer loses is counted here. */
  hasRoom(): boolean;
  add(record: BufferedRequest): void;
  /** Counts a request that no record is made of. */
  skip(reason: "unauthenticated" | "not_readable"): void;
  /** Writes what is left and stops. */
  close(): Promise<void>;
};

/** At 8 KB at most this is 40 MB; as a rule a record is a tenth of that. */
const MAX_RECORDS = 5_000;
// With many tenants the statements cost, one for each in every flush, so a log that is a second behind is the cheaper one.
const FLUSH_EVERY_MS = 1_000;
const FLUSH_AT = 500;
/** Records of one transaction: many enough to be cheap, few enough that putting them into words takes 2 ms. */
const MAX_FLUSH = 500;

/** Starts the one writer of a process: a transaction a second, or as soon as 500 records wait, never two at once. */
export function bufferRequests(deps: { db: Database; logger: Logger; metrics: Metrics }): RequestBuffer {
  const unrecorded = deps.metrics.counter({
    name: "muster_requests_unrecorded_total",
    help: "Requests to directories that the log of requests lacks: unauthenticated, buffer_full, write_failed or not_readable",
    labels: ["reason"],
  });
  let waiting: BufferedRequest[] = [];

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_FLUSH);
      const lost = await write(deps.db, batch);
      // Only now: while the database is away they keep their places, and what comes meanwhile finds the buffer full.
      waiting = waiting.slice(batch.length);
      if (lost.records === 0) continue;
      unrecorded.inc({ reason: "write_failed" }, lost.records);
      throw lost.cause;
    }
  }
  const loop = startLoop({ name: "request-log", everyMs: FLUSH_EVERY_MS, logger: deps.logger, run: flush });

  return {
    hasRoom() {
      if (waiting.length < MAX_RECORDS) return true;
      unrecorded.inc({ reason: "buffer_full" });
      return false;
    },
    add(record) {
      waiting.push(record);
      // Once, not with every further one: a failing writer waits for its time.
      if (waiting.length === FLUSH_AT) loop.wake();
    },
    skip: (reason) => unrecorded.inc({ reason }),
    async close() {
      await loop.close();
      await flush().catch((error: unknown) => {
        deps.logger.warn({ error, records: waiting.length }, "the last records of requests could not be written");
      });
    },
  };
}

type Lost = { records: number; cause?: unknown };

/** Writes a batch; what one tenant's records are at fault for loses that tenant's only. Throws when nothing can be written. */
async function write(db: Database, batch: readonly BufferedRequest[]): Promise<Lost> {
  const byTenant = Map.groupBy(batch, (record) => record.tenantId);
  const batches = [...byTenant].map(([tenantId, records]) => ({
    tenantId,
    requests: records.map((record) => record.request),
  }));
  try {
    await insertRequests(db, batches);
    return { records: 0 };
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
  }
  const lost: Lost = { records: 0 };
  for (const one of batches) {
    try {
      await insertRequests(db, [one]);
    } catch (error) {
      lost.records += one.requests.length;
      lost.cause = error;
    }
  }
  return lost;
}
