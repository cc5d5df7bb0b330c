import { createTokenCache } from "@muster/connectors";
import { openConnector, type ProbeWorkDeps, runProbe } from "@muster/provisioning";
import { type Logger, type Loop, startLoop } from "@muster/runtime";
import { claimProbing } from "@muster/store";
import type { WorkerSettings } from "./config.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** Somebody waits before a screen for it. */
const EVERY_MS = 1_000;
/** Connections probed at a time. */
const A_ROUND = 4;

/** Starts the round that probes apps, when somebody asks for it. */
export function startProbes(resources: WorkerResources, { callMs }: Pick<WorkerSettings, "callMs">): Loop {
  const { db, clock, logger } = resources;
  const tokens = createTokenCache(() => clock.now());
  const deps: ProbeWorkDeps = {
    db,
    clock,
    openConnector: (tenantId, connectionId) => openConnector({ ...resources, tokens }, tenantId, connectionId),
    callMs,
  };
  const run = (signal: AbortSignal) => runWaitingProbes(deps, logger, signal);
  return startLoop({ name: "probes", everyMs: EVERY_MS, logger, run });
}

/** One round. Workers may go round at the same time: a connection's probe is claimed. */
async function runWaitingProbes(deps: ProbeWorkDeps, logger: Logger, signal: AbortSignal): Promise<void> {
  const lanes = await claimProbing(deps.db, A_ROUND);
  await Promise.all(
    lanes.map(async (lane) => {
      try {
        await runProbe(deps, lane, signal);
      } catch (error) {
        // One connection's trouble keeps no other from its probe.
        logger.error({ error, ...lane }, "a probe failed");
      }
    }),
  );
}
