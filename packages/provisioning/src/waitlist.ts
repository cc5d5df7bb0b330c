import { type Database, inTenant, listWaiting, type WaitingPerson } from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

/** Lists who waits for a seat of a connection, or refuses with "not found". */
export async function readWaitlist(
  deps: { db: Database },
  { tenantId }: Owner,
  connectionId: string,
  page: Parameters<typeof listWaiting>[2],
): Promise<WaitingPerson[]> {
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    return await listWaiting(tx, { tenantId, connectionId }, page);
  });
}
