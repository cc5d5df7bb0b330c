import { mapsAccess, type PreparePolicy, usesVariable } from "@muster/mapping";
import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type Database,
  deleteRollout,
  expandConnections,
  getPolicyVersion,
  getRollout,
  insertAudit,
  insertPolicyVersion,
  insertRollout,
  inTenant,
  inTrace,
  listRolloutPeople,
  lockPolicy,
  putRolloutPeople,
  type RolloutPeople,
  type RolloutRecord,
  type TenantId,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import {
  keepVersion,
  lockVersions,
  type PolicyEdit,
  readEdit,
  readStoredPolicy,
  saveEdit,
  tryEdit,
} from "./policy-edit.ts";
import { onlyKnown } from "./policy-history.ts";
import { readParts, toStored } from "./rollout-parts.ts";
import { bindWhom, type RolloutWhom } from "./rollout-whom.ts";

type Deps = { db: Database };

export type Rollout = RolloutRecord & { whom: RolloutPeople; edit: PolicyEdit };

/** Reads what is tried out in a connection, and on whom; undefined when nothing is (X19). */
export async function readRollout(deps: Deps, { tenantId }: Owner, connectionId: string): Promise<Rollout | undefined> {
  return await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    return (await getRollout(tx, tenantId, connectionId)) && (await viewRollout(tx, tenantId, connectionId));
  });
}

async function viewRollout(tx: Tx, tenantId: TenantId, connectionId: string): Promise<Rollout> {
  const rollout = await requireRollout(tx, tenantId, connectionId);
  const edit = await storedEdit(tx, tenantId, connectionId, rollout);
  return { ...rollout, edit, whom: await listRolloutPeople(tx, tenantId, connectionId) };
}

/**
 * Tries an edit out on some people of a connection: for them it is as if it were saved, for everybody else nothing changes. It
 * is kept as a version; everybody concerned is looked at again, and the guard judges it like any edit (X19).
 */
export async function startRollout(
  deps: Deps & { prepare: PreparePolicy },
  owner: Owner,
  connectionId: string,
  input: { proposed: PolicyEdit; whom: RolloutWhom },
): Promise<Rollout> {
  const { tenantId, actor } = owner;
  const lane = { tenantId, connectionId };
  const base = await inTenant(deps.db, tenantId, async (tx) => {
    await requireNone(tx, tenantId, connectionId);
    return await lockPolicy(tx, tenantId, connectionId);
  });
  const { after, read } = await tryEdit(deps.db, owner, connectionId, input.proposed, async (tx) => ({
    policy: await readEdit(tx, owner, connectionId),
    parts: await readParts(tx, tenantId, connectionId),
  }));
  const prepared = deps.prepare(after);
  const readsNames = after.readsNames || usesVariable(prepared, "groups");
  // Without a condition and dates a scope has only people's ids, or names that may yet be taken.
  const judgesAttributes = after.terms !== undefined || mapsAccess(prepared);
  const start = async (tx: Tx): Promise<Rollout> => {
    // What was tried began from here.
    if ((await lockPolicy(tx, tenantId, connectionId)) !== base)
      throw new Refusal("conflict", "Somebody edited this connection at the same time: look again, and try it again");
    await lockVersions(tx, owner, connectionId);
    await requireNone(tx, tenantId, connectionId);
    const { directoryId } = await requireConnection(tx, tenantId, connectionId);
    const whom = await bindWhom(tx, tenantId, directoryId, input.whom);
    const version = { id: uuidV7(), actor, cause: "rollout.start", policy: read.policy, staged: true };
    const number = await insertPolicyVersion(tx, tenantId, { connectionId, ...version });
    if (number === undefined) throw new Error("What is tried out is always a version");
    const { bindings, ...parts } = read.parts;
    const of = { directoryId, versionId: version.id, number, actor };
    await insertRollout(tx, lane, { ...of, policy: toStored(after, parts), readsNames, judgesAttributes, bindings });
    await putRolloutPeople(tx, lane, whom);
    await noteChange(tx, owner, connectionId, "rollout.start");
    return await viewRollout(tx, tenantId, connectionId);
  };
  return await inTrace(deps.db, owner, start, owner.workspaceId);
}

/** Replaces on whom an edit is tried out: whoever is no longer among them is as everybody else again. */
export async function putRolloutWhom(
  deps: Deps,
  owner: Owner,
  connectionId: string,
  input: RolloutWhom,
): Promise<Rollout> {
  const { tenantId } = owner;
  return await inTrace(
    deps.db,
    owner,
    async (tx) => {
      await lockVersions(tx, owner, connectionId);
      await requireRollout(tx, tenantId, connectionId);
      const { directoryId } = await requireConnection(tx, tenantId, connectionId);
      await putRolloutPeople(tx, { tenantId, connectionId }, await bindWhom(tx, tenantId, directoryId, input));
      await noteChange(tx, owner, connectionId, "rollout.people");
      return await viewRollout(tx, tenantId, connectionId);
    },
    owner.workspaceId,
  );
}

/** Saves what was tried out for everybody, as a new version and like any edit: the rollout is over with it. */
export async function promoteRollout(deps: Deps, owner: Owner, connectionId: string): Promise<void> {
  const promote = async (tx: Tx): Promise<void> => {
    const { tenantId, actor } = owner;
    await lockVersions(tx, owner, connectionId);
    const { edit, number } = await rolledOutEdit(tx, tenantId, connectionId);
    await saveEdit(tx, owner, connectionId, edit, { cause: `rollout.promote: ${number}`, rollout: "ends" });
    await insertAudit(tx, tenantId, { actor, action: "rollout.promote", target: connectionId });
  };
  await inTrace(deps.db, owner, promote, owner.workspaceId);
}

/** Ends a rollout: those it applied to are as everybody else again. It stays as a version. */
export async function dropRollout(deps: Deps, owner: Owner, connectionId: string): Promise<void> {
  const drop = async (tx: Tx): Promise<void> => {
    const { tenantId, actor } = owner;
    await lockVersions(tx, owner, connectionId);
    const { number } = await requireRollout(tx, tenantId, connectionId);
    await deleteRollout(tx, tenantId, connectionId);
    await keepVersion(tx, owner, connectionId, { actor, cause: `rollout.drop: ${number}` });
    await noteChange(tx, owner, connectionId, "rollout.drop");
  };
  await inTrace(deps.db, owner, drop, owner.workspaceId);
}

/** What is tried out, as the edit that would save it now: a group or person that is gone goes by their name. */
export async function rolledOutEdit(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
): Promise<{ edit: PolicyEdit; number: number }> {
  const { directoryId } = await requireConnection(tx, tenantId, connectionId);
  const rollout = await requireRollout(tx, tenantId, connectionId);
  const stored = await storedEdit(tx, tenantId, connectionId, rollout);
  return { edit: await onlyKnown(tx, tenantId, directoryId, stored), number: rollout.number };
}

async function storedEdit(
  tx: Tx,
  tenantId: TenantId,
  connectionId: string,
  { versionId }: RolloutRecord,
): Promise<Required<PolicyEdit>> {
  const version = await getPolicyVersion(tx, tenantId, { connectionId, versionId });
  if (version === undefined) throw new Error("What is tried out is a version");
  return readStoredPolicy(version.policy);
}

/** Everybody is looked at again once, and the guard judges it as one. */
async function noteChange(tx: Tx, { tenantId, actor }: Owner, connectionId: string, cause: string): Promise<void> {
  await expandConnections(tx, tenantId, { connectionIds: [connectionId], cause, removal: false, actor });
  await insertAudit(tx, tenantId, { actor, action: cause, target: connectionId });
}

async function requireRollout(tx: Tx, tenantId: TenantId, connectionId: string): Promise<RolloutRecord> {
  const rollout = await getRollout(tx, tenantId, connectionId);
  if (rollout !== undefined) return rollout;
  throw new Refusal(
    "conflict",
    `Nothing is tried out in connection ${connectionId}: begin with POST /api/v1/connections/${connectionId}/rollout`,
  );
}

async function requireNone(tx: Tx, tenantId: TenantId, connectionId: string): Promise<void> {
  await requireConnection(tx, tenantId, connectionId);
  const rollout = await getRollout(tx, tenantId, connectionId);
  if (rollout === undefined) return;
  throw new Refusal(
    "conflict",
    `Version ${rollout.number} is tried out already: promote it or drop it before another edit is tried out`,
  );
}
