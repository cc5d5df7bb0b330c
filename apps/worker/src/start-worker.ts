import { noteTokenExpiry } from "@muster/directory";
import { createPolicyPreparer, noteCertificateEnds } from "@muster/provisioning";
import { createSlots, type Loop, startLoop } from "@muster/runtime";
import { sweepLanes } from "@muster/store";
import type { WorkerSettings } from "./config.ts";
import { makeDrain } from "./make-drain.ts";
import { startRestored } from "./prepare-restored.ts";
import { startComparisons } from "./start-comparisons.ts";
import { startHoldExpiry } from "./start-hold-expiry.ts";
import { type PlansDeps, startPlans } from "./start-plans.ts";
import { startProbes } from "./start-probes.ts";
import { startPurge } from "./start-purge.ts";
import { startUndos } from "./start-undos.ts";
import { startWatch } from "./start-watch.ts";
import { startWebhooks } from "./start-webhooks.ts";
import { createTenantShare } from "./tenant-share.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** A fifth of the slots answers only the removal doorbell, so that leavers never queue behind a large sync. */
const REMOVAL_SHARE = 5;
/** A tenant has at most half of the other slots, so that its slow apps never hold all of them (I13). */
const TENANT_SHARE = 2;
/** Notices speak of days; an hour late is in time. */
const NOTICES_EVERY_MS = 3_600_000;
/** Lanes looked at per sweep: more than a worker can hold, few enough to read every second. */
const SWEEP_LIMIT = 200;

/**
 * Starts the worker's part: lanes drained when the doorbell rings, a sweep that finds due lanes without any doorbell, so that
 * a lost ring costs a second and a lost Redis costs nothing else, a look at tokens that end soon, at holds that nobody decided, and
 * at what has stopped.
 */
export function startWorker(resources: WorkerResources, settings: WorkerSettings): { close(): Promise<void> } {
  const { db, queue, logger } = resources;
  // One memory of what was compiled: lanes and plans have the same policies.
  const prepare = createPolicyPreparer();
  const drain = makeDrain(resources, settings, { prepare, random: randomShare });
  const removalSlots = Math.max(1, Math.floor(settings.slots / REMOVAL_SHARE));
  const share = createTenantShare(Math.max(1, Math.floor((settings.slots - removalSlots) / TENANT_SHARE)));
  const consumer = queue.consume({
    slots: settings.slots - removalSlots,
    removalSlots,
    async drain(lane, signal) {
      const leave = lane.removal ? noLimit : share.enter(lane.tenantId);
      // The ring may be lost: the sweep comes back to the lane when its tenant has room.
      if (leave === null) return { again: false };
      try {
        return await drain(lane.connectionId, signal);
      } finally {
        leave();
      }
    },
  });
  // As at the doorbell: no number of busy lanes may take the slots in which leavers go.
  const sweepSlots = createSlots(settings.slots - removalSlots);
  const sweepRemovalSlots = createSlots(removalSlots);
  const running = new Map<string, Promise<void>>();

  async function drainSwept(connectionId: string, leaving: readonly (() => void)[]): Promise<void> {
    let again = false;
    try {
      again = (await drain(connectionId, stop.signal)).again;
    } catch (error) {
      logger.error({ error, connectionId }, "draining a lane failed");
    }
    for (const leave of leaving) leave();
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
        const leave = lane.removal ? noLimit : share.enter(lane.tenantId);
        if (leave === null) continue;
        const release = (lane.removal ? sweepRemovalSlots.tryTake() : null) ?? sweepSlots.tryTake();
        if (release === null) leave();
        else running.set(lane.connectionId, drainSwept(lane.connectionId, [release, leave]));
      }
    },
  });
  const rounds = startRounds(resources, settings, prepare);
  return {
    async close() {
      stop.abort();
      await Promise.all([sweep, consumer, ...rounds].map((loop) => loop.close()));
      await Promise.all(running.values());
    },
  };
}

/** What a worker does besides lanes, each in a round of its own. */
function startRounds(
  resources: WorkerResources,
  settings: WorkerSettings,
  prepare: PlansDeps["prepare"],
): { close(): Promise<void> }[] {
  const { db, logger, clock, crash } = resources;
  return [
    startPurge({ db, logger, random: randomShare }),
    startComparisons({ db, logger, reportOnly: settings.restored, random: randomShare }),
    startPlans({ db, logger, clock, prepare }),
    startUndos({ db, logger, crash }),
    startHoldExpiry({ db, logger }),
    startNotices(resources),
    startWebhooks(resources, settings, randomShare),
    startWatch({ db, logger, everyMs: settings.watchMs }),
    // After a restore nothing is tried at an app, as nothing is sent to it.
    settings.restored ? startRestored({ db, logger }) : startProbes(resources, settings),
  ];
}

function startNotices({ db, logger }: Pick<WorkerResources, "db" | "logger">): Loop {
  const run = async (signal: AbortSignal) => {
    await noteTokenExpiry({ db }, signal);
    await noteCertificateEnds({ db }, signal);
  };
  return startLoop({ name: "notices", everyMs: NOTICES_EVERY_MS, logger, run });
}

const noLimit = (): void => undefined;

/** Jitter for retries. */
const randomShare = (): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
