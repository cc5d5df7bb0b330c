import type { Keyring } from "@muster/credentials";
import { noteTokenExpiry } from "@muster/directory";
import { type DrainDeps, drainLane, openConnector } from "@muster/provisioning";
import type { Queue } from "@muster/queue";
import {
  type Clock,
  type CrashPoints,
  createSlots,
  type Dialer,
  type Logger,
  type Metrics,
  startLoop,
  uuidV7,
} from "@muster/runtime";
import { type Database, sweepLanes } from "@muster/store";
import type { WorkerSettings } from "./config.ts";
import { startHoldExpiry } from "./start-hold-expiry.ts";
import { startPurge } from "./start-purge.ts";

export type WorkerResources = {
  db: Database;
  queue: Queue;
  keyring: Keyring;
  dialer: Dialer;
  clock: Clock;
  crash: CrashPoints;
  logger: Logger;
  metrics: Metrics;
};

/** A fifth of the slots answers only the removal doorbell, so that leavers never queue behind a large sync. */
const REMOVAL_SHARE = 5;
/** Notices speak of days; an hour late is in time. */
const NOTICES_EVERY_MS = 3_600_000;
/** Lanes looked at per sweep: more than a worker can hold, few enough to read every second. */
const SWEEP_LIMIT = 200;

/**
 * Starts the worker's part: lanes drained when the doorbell rings, a sweep that finds due lanes without any doorbell, so that
 * a lost ring costs a second and a lost Redis costs nothing else, and a look at tokens that end soon and holds that nobody decided.
 */
export function startWorker(resources: WorkerResources, settings: WorkerSettings): { close(): Promise<void> } {
  const { db, queue, logger } = resources;
  const drain = makeDrain(resources, settings);
  const removalSlots = Math.max(1, Math.floor(settings.slots / REMOVAL_SHARE));
  const consumer = queue.consume({
    slots: settings.slots - removalSlots,
    removalSlots,
    drain: (lane, signal) => drain(lane.connectionId, signal),
  });
  // As at the doorbell: no number of busy lanes may take the slots in which leavers go.
  const sweepSlots = createSlots(settings.slots - removalSlots);
  const sweepRemovalSlots = createSlots(removalSlots);
  const running = new Map<string, Promise<void>>();

  async function drainSwept(connectionId: string, release: () => void): Promise<void> {
    let again = false;
    try {
      again = (await drain(connectionId, stop.signal)).again;
    } catch (error) {
      logger.error({ error, connectionId }, "draining a lane failed");
    }
    release();
    running.delete(connectionId);
    // After its slice a lane goes behind the others that are due, and nobody else may ring for it.
    if (again) sweep.wake();
  }

  const stop = new AbortController();
  const sweep = startLoop({
    name: "sweep",
    everyMs: settings.sweepMs,
    logger,
    async run() {
      for (const lane of await sweepLanes(db, SWEEP_LIMIT)) {
        if (running.has(lane.connectionId)) continue;
        const release = (lane.removal ? sweepRemovalSlots.tryTake() : null) ?? sweepSlots.tryTake();
        if (release !== null) running.set(lane.connectionId, drainSwept(lane.connectionId, release));
      }
    },
  });
  const purge = startPurge({ db, logger, random: randomShare });
  const holdExpiry = startHoldExpiry({ db, logger });
  const notices = startLoop({
    name: "notices",
    everyMs: NOTICES_EVERY_MS,
    logger,
    run: (signal) => noteTokenExpiry({ db }, signal),
  });
  return {
    async close() {
      stop.abort();
      await Promise.all([sweep.close(), consumer.close(), purge.close(), holdExpiry.close(), notices.close()]);
      await Promise.all(running.values());
    },
  };
}

function makeDrain(resources: WorkerResources, settings: WorkerSettings) {
  const { metrics } = resources;
  const accounts = metrics.counter({
    name: "muster_accounts_total",
    help: "Accounts looked at, by the state they were left in",
    labels: ["state"],
  });
  const batchSeconds = metrics.histogram({
    name: "muster_batch_seconds",
    help: "Time from the start of a batch's first call to its record",
    buckets: [0.01, 0.05, 0.25, 1, 5, 25],
  });
  const deps: DrainDeps = {
    db: resources.db,
    crash: resources.crash,
    clock: resources.clock,
    logger: resources.logger,
    owner: uuidV7(),
    random: randomShare,
    openConnector: (tenantId, connectionId) => openConnector(resources, tenantId, connectionId),
    timing: { leaseMs: settings.leaseMs, callMs: settings.callMs, sliceMs: settings.sliceMs },
    onBatch(batch) {
      batchSeconds.observe(batch.durationMs / 1_000);
      for (const outcome of batch.outcomes) accounts.inc({ state: outcome.state });
    },
  };
  return (connectionId: string, signal: AbortSignal) => drainLane(deps, connectionId, signal);
}

/** Jitter for retries. */
const randomShare = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
