import {
  type Database,
  expandConnections,
  insertAudit,
  inTenant,
  inTrace,
  listAssignments,
  replaceAssignments,
  type TenantId,
  type Tx,
  updateConnection,
} from "@muster/store";
import { type BoundGroup, bindGroups, type GroupName, toBoundGroup } from "./bind-groups.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** Who is to be in a connection's scope. */
export type AssignmentsInput = { everyone: boolean; groups: GroupName[] };

export type Assignments = { everyone: boolean; groups: BoundGroup[] };

/** Replaces who is in a connection's scope; everybody it has or should have is looked at again. */
export async function putAssignments(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: AssignmentsInput,
): Promise<Assignments> {
  return await inTrace(deps.db, owner, async (tx) => {
    await saveAssignments(tx, owner, connectionId, input);
    return await readAssignments(tx, owner.tenantId, connectionId, input.everyone);
  });
}

/** The same, as a part of the caller's transaction. */
export async function saveAssignments(
  tx: Tx,
  { tenantId, actor }: Owner,
  connectionId: string,
  input: AssignmentsInput,
): Promise<void> {
  const connection = await requireConnection(tx, tenantId, connectionId);
  await replaceAssignments(
    tx,
    tenantId,
    connectionId,
    await bindGroups(tx, tenantId, connection.directoryId, input.groups),
  );
  await updateConnection(tx, tenantId, connectionId, { everyone: input.everyone });
  await expandConnections(tx, tenantId, {
    connectionIds: [connectionId],
    cause: "assignments.put",
    removal: false,
    actor,
  });
  await insertAudit(tx, tenantId, { actor, action: "assignments.put", target: connectionId });
}

/** Reads who is in a connection's scope. */
export async function getAssignments(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Assignments> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    const connection = await requireConnection(tx, owner.tenantId, connectionId);
    return await readAssignments(tx, owner.tenantId, connectionId, connection.everyone);
  });
}

async function readAssignments(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
  everyone: boolean,
): Promise<Assignments> {
  return { everyone, groups: (await listAssignments(tx, tenantId, connectionId)).map(toBoundGroup) };
}
