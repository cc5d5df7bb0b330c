import { createTokenCache } from "@muster/connectors";
import { createExchangeBudget, type DrainDeps, drainLane, openConnector } from "@muster/provisioning";
import { uuidV7 } from "@muster/runtime";
import type { WorkerSettings } from "./config.ts";
import { createTenantTurns } from "./tenant-turns.ts";
import type { WorkerResources } from "./worker-resources.ts";

export type Drain = (connectionId: string, signal: AbortSignal) => Promise<{ again: boolean }>;

/** Makes the function that drains a lane, with this process's name, limits and metrics. */
export function makeDrain(
  resources: WorkerResources,
  settings: WorkerSettings,
  { prepare, random }: Pick<DrainDeps, "prepare" | "random">,
): Drain {
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
  const removalSeconds = metrics.histogram({
    name: "muster_removal_seconds",
    help: "Time from the accepted change that takes access away to the app's confirmation, downtime of the app included",
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600],
  });
  const tokens = createTokenCache(() => resources.clock.now());
  const turns = createTenantTurns(settings.tenantInFlight);
  const deps: DrainDeps = {
    db: resources.db,
    crash: resources.crash,
    clock: resources.clock,
    logger: resources.logger,
    owner: uuidV7(),
    random,
    prepare,
    openConnector: (tenantId, connectionId) => openConnector({ ...resources, tokens }, tenantId, connectionId),
    timing: {
      leaseMs: settings.leaseMs,
      callMs: settings.callMs,
      sliceMs: settings.sliceMs,
      probeMinuteMs: settings.probeMinuteMs,
    },
    compareOnly: settings.restored,
    takeTurn: turns.take,
    mayKeepExchange: createExchangeBudget(resources.clock),
    onBatch(batch) {
      batchSeconds.observe(batch.durationMs / 1_000);
      for (const outcome of batch.outcomes) accounts.inc({ state: outcome.state });
      for (const removalMs of batch.removalsMs) removalSeconds.observe(removalMs / 1_000);
    },
  };
  return (connectionId, signal) => drainLane(deps, connectionId, signal);
}
