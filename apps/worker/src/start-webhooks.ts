import { drainWebhook, type WebhookDeps } from "@muster/provisioning";
import { createSlots, type Loop, startLoop, uuidV7 } from "@muster/runtime";
import { sweepWebhookLanes, type WebhookLane } from "@muster/store";
import type { WorkerSettings } from "./config.ts";
import { createTenantShare } from "./tenant-share.ts";
import type { WorkerResources } from "./worker-resources.ts";

/** Lanes looked at per sweep. */
const SWEEP_LIMIT = 200;
/** A webhook has at most half of the slots, so that one that hangs never holds up the others. */
const WEBHOOK_SHARE = 2;

/**
 * Starts the telling of webhooks: a sweep finds lanes with events, and each is worked on in a slot of its own kind, so that
 * receivers, however slow, never take a place from what apps are waiting for.
 */
export function startWebhooks(
  resources: WorkerResources,
  settings: WorkerSettings,
  random: () => number,
): Pick<Loop, "close"> {
  const { db, logger } = resources;
  const deliveries = resources.metrics.counter({
    name: "muster_webhook_deliveries_total",
    help: "Tries to tell a webhook of an event, by what came of them",
    labels: ["outcome"],
  });
  const deps: WebhookDeps = {
    ...resources,
    random,
    owner: uuidV7(),
    timing: {
      leaseMs: settings.leaseMs,
      callMs: settings.webhookCallMs,
      sliceMs: settings.sliceMs,
      giveUpAfterMs: settings.webhookGiveUpMs,
    },
    onDelivery: (outcome) => deliveries.inc({ outcome }),
  };
  const slots = createSlots(settings.webhookSlots);
  const share = createTenantShare(Math.max(1, Math.floor(settings.webhookSlots / WEBHOOK_SHARE)));
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();

  async function drain(lane: WebhookLane, leaving: readonly (() => void)[]): Promise<void> {
    try {
      await drainWebhook(deps, lane, stop.signal);
    } catch (error) {
      logger.error({ error, laneId: lane.laneId }, "telling a webhook failed");
    }
    for (const leave of leaving) leave();
    running.delete(lane.laneId);
    // Others may wait for the place; this lane, if it is due again, is behind them.
    if (!stop.signal.aborted) sweep.wake();
  }

  const sweep = startLoop({
    name: "webhooks",
    everyMs: settings.sweepMs,
    logger,
    async run() {
      for (const lane of await sweepWebhookLanes(db, SWEEP_LIMIT)) {
        if (running.has(lane.laneId)) continue;
        const leave = share.enter(lane.webhookId);
        if (leave === null) continue;
        const release = slots.tryTake();
        if (release === null) return leave();
        running.set(lane.laneId, drain(lane, [release, leave]));
      }
    },
  });
  return {
    async close() {
      stop.abort();
      await sweep.close();
      await Promise.all(running.values());
    },
  };
}
