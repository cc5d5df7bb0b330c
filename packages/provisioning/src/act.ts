import { Refusal } from "@muster/runtime";
import {
  type Database,
  expandConnections,
  findGroups,
  insertAudit,
  inTenant,
  inTrace,
  isPersonHere,
  listTimeline,
  redriveAccounts,
  retryAccount as retryStored,
  openGate as storeGate,
  type TimelineRecord,
  unholdLane,
} from "@muster/store";
import { enable, type Owner, requireConnection } from "./connections.ts";

type AccountKey = { connectionId: string; userId: string };

/** Makes one account due now, whatever it waits for; answers whether it is a removal. A lane that is held stays so. */
export async function retryAccount(
  deps: { db: Database },
  owner: Owner,
  key: AccountKey,
): Promise<{ removal: boolean }> {
  const { tenantId, actor } = owner;
  // Without the request's trace: the account still belongs to the one that marked it.
  return await inTenant(deps.db, tenantId, async (tx) => {
    const retried = await retryStored(tx, tenantId, key);
    if (retried === undefined) throw noAccount(key);
    await insertAudit(tx, tenantId, { actor, action: "account.retry", target: key.userId });
    return retried;
  });
}

/** Makes due what failed since a time, in some ways or in any, and lets a held lane be tried at once; answers how many (G7, K4). */
export async function redriveConnection(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  failed: { since: Date; classes: readonly string[] | null },
): Promise<number> {
  const { tenantId, actor } = owner;
  return await inTrace(deps.db, owner, async (tx) => {
    const connection = await requireConnection(tx, tenantId, connectionId);
    const redriven = await redriveAccounts(tx, tenantId, connectionId, failed);
    if (redriven > 0) {
      await unholdLane(tx, tenantId, connectionId);
      await enable(tx, tenantId, connection);
    }
    await insertAudit(tx, tenantId, { actor, action: "connection.redrive", target: connectionId });
    return redriven;
  });
}

/** Opens the gate of a connection, for the people of some groups or for everybody, who are then looked at again (X15). */
export async function openGate(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  groupIds: readonly string[] | null,
): Promise<void> {
  const { tenantId, actor } = owner;
  await inTrace(deps.db, owner, async (tx) => {
    const { directoryId } = await requireConnection(tx, tenantId, connectionId);
    if (groupIds !== null) {
      const found = await findGroups(tx, tenantId, directoryId, { ids: groupIds, displayNames: [] });
      const missing = groupIds.find((id) => !found.some((group) => group.id === id));
      if (missing !== undefined) throw new Refusal("invalid", `This connection's directory has no group ${missing}`);
    }
    if (!(await storeGate(tx, tenantId, connectionId, groupIds))) return;
    const cause = "gate.open";
    await expandConnections(tx, tenantId, { connectionIds: [connectionId], cause, removal: false, actor });
    await insertAudit(tx, tenantId, { actor, action: cause, target: connectionId });
  });
}

/** Lists what happened about a person, in one connection or, with null, in all of them, newest first. */
export async function readTimeline(
  deps: { db: Database },
  owner: Pick<Owner, "tenantId">,
  page: { userId: string; connectionId: string | null; before: string | undefined; limit: number },
): Promise<TimelineRecord[]> {
  const { tenantId } = owner;
  return await inTenant(deps.db, tenantId, async (tx) => {
    if (!(await isPersonHere(tx, tenantId, page)))
      throw page.connectionId === null
        ? new Refusal("notFound", `There is no person ${page.userId}`)
        : noAccount({ connectionId: page.connectionId, userId: page.userId });
    return await listTimeline(tx.last, tenantId, page);
  });
}

const noAccount = ({ userId }: AccountKey): Refusal =>
  new Refusal("notFound", `This connection has no account of a person ${userId}`);
