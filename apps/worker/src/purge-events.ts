import { type Database, insertNotice, inTenant, listEventTenants, purgeDeliveries, purgeEvents } from "@muster/store";
import { inChunks, ROWS_A_CHUNK } from "./in-chunks.ts";

const TENANTS_A_PAGE = 500;

/**
 * Deletes the events that tenants no longer keep, in chunks, with the records of their deliveries, and returns how many. A
 * webhook that had not been told of all of them leaves a notice: nothing is lost in silence.
 */
export async function purgeOldEvents(
  deps: { db: Database; rowsAChunk?: number },
  signal: AbortSignal,
): Promise<number> {
  const limit = deps.rowsAChunk ?? ROWS_A_CHUNK;
  let deleted = 0;
  let after: string | undefined;
  do {
    const tenants = await listEventTenants(deps.db, { after, limit: TENANTS_A_PAGE });
    for (const tenantId of tenants) {
      if (signal.aborted) return deleted;
      deleted += await purgeTenant(deps.db, tenantId, limit, signal);
    }
    after = tenants.at(-1);
  } while (after !== undefined);
  return deleted;
}

async function purgeTenant(db: Database, tenantId: string, limit: number, signal: AbortSignal): Promise<number> {
  const lagging = new Set<string>();
  const deleted = await inChunks(limit, signal, async (rows) => {
    const { purged, lagging: late } = await purgeEvents(db, tenantId, rows);
    for (const webhookId of late) lagging.add(webhookId);
    return purged;
  });
  for (const webhookId of lagging) await noteLag(db, tenantId, webhookId);
  await inChunks(limit, signal, (rows) => purgeDeliveries(db, tenantId, rows));
  return deleted;
}

async function noteLag(db: Database, tenantId: string, webhookId: string): Promise<void> {
  const message =
    `Webhook ${webhookId} was not told of events that are not kept any more: it goes on with those that are. ` +
    "Take a snapshot of this tenant to see what is there now, and keep events for longer if its receiver is away that long";
  await inTenant(db, tenantId, (tx) =>
    insertNotice(tx, tenantId, { kind: "webhook.lost", subject: webhookId, message }),
  );
}
