import type { MappingRow, RowInput } from "@muster/mapping";
import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type ConnectionPolicy,
  type Database,
  deleteRollout,
  expandConnections,
  getPolicy,
  getRollout,
  insertPolicyVersion,
  inTenant,
  lockPolicy,
  type StoredEdit,
  type TenantId,
  type Tx,
} from "@muster/store";
import {
  type AssignmentsInput,
  type BoundPerson,
  type PersonName,
  readAssignments,
  saveAssignments,
} from "./assignments.ts";
import type { BoundGroup, GroupName } from "./bind-groups.ts";
import { type Owner, requireConnection } from "./connections.ts";
import { saveMapping, viewMapping } from "./mappings.ts";
import { type RuleGroup, type Rules, type RulesInput, readRules, saveRules } from "./role-rules.ts";

/** An edit of what decides a connection's accounts: what is not in it stays as it is. */
export type PolicyEdit = {
  assignments?: AssignmentsInput;
  rules?: RulesInput;
  /** Null rows: the connection's own mapping is taken away. */
  mapping?: { rows: RowInput[] | null };
};

/** Reads what was kept of a version, which has every part. */
export function readStoredPolicy(stored: Required<StoredEdit>): Required<PolicyEdit> {
  return stored as Required<PolicyEdit>;
}

/** Reads an edit that was stored as it came in, checked, with a request. */
export function readStoredEdit(stored: StoredEdit): PolicyEdit {
  return stored as PolicyEdit;
}

/**
 * Saves each part of an edit as a request for it would, in the caller's transaction, which must be of the workspace too;
 * everybody that the connection has or should have is looked at again. While another edit is tried out it is refused, unless
 * it is to end that.
 */
export async function saveEdit(
  tx: Tx,
  owner: Owner,
  connectionId: string,
  edit: PolicyEdit,
  as: { cause?: string; rollout?: "ends" } = {},
): Promise<void> {
  const { tenantId, actor } = owner;
  const cause = as.cause ?? causeOf(edit);
  await lockVersions(tx, owner, connectionId);
  if (as.rollout === "ends") await deleteRollout(tx, tenantId, connectionId);
  else await refuseWhileRollout(tx, tenantId, connectionId);
  if (edit.assignments !== undefined) await saveAssignments(tx, owner, connectionId, edit.assignments);
  if (edit.rules !== undefined) await saveRules(tx, owner, connectionId, edit.rules);
  if (edit.mapping !== undefined) await saveMapping(tx, owner, connectionId, edit.mapping.rows);
  // Once, whatever its parts: everybody is looked at again once, and the guard judges it as one.
  const [action = cause] = cause.split(":");
  await expandConnections(tx, tenantId, { connectionIds: [connectionId], cause: action, removal: false, actor });
  await keepVersion(tx, owner, connectionId, { actor, cause });
}

/**
 * Keeps other edits of a connection waiting until the transaction ends. What was there before the first edit is a version too:
 * there is always one to go back to.
 */
export async function lockVersions(tx: Tx, owner: Owner, connectionId: string): Promise<void> {
  await requireConnection(tx, owner.tenantId, connectionId);
  if ((await lockPolicy(tx, owner.tenantId, connectionId)) === 0)
    await keepVersion(tx, owner, connectionId, { actor: "system", cause: "start" });
}

/** Keeps what is everybody's policy now as a version, unless it is the latest already. */
export async function keepVersion(
  tx: Tx,
  owner: Owner,
  connectionId: string,
  as: { actor: string; cause: string },
): Promise<void> {
  const policy = await readEdit(tx, owner, connectionId);
  await insertPolicyVersion(tx, owner.tenantId, { connectionId, id: uuidV7(), ...as, policy, staged: false });
}

/** Refuses an edit for everybody while another is tried out on some: nobody could say which of the two is promoted. */
export async function refuseWhileRollout(tx: Tx, tenantId: TenantId, connectionId: string): Promise<void> {
  const rollout = await getRollout(tx, tenantId, connectionId);
  if (rollout === undefined) return;
  throw new Refusal(
    "conflict",
    `Version ${rollout.number} is tried out on some people of this connection: promote it or drop it (POST /api/v1/connections/${connectionId}/rollout/promote or /drop) before its assignments, rules or mapping are edited`,
  );
}

const causeOf = (edit: PolicyEdit): string =>
  Object.keys(edit)
    .map((part) => `${part}.put`)
    .join(", ");

/** What decides a connection's accounts, in the shape of an edit that would save it. Groups have their names beside their ids. */
export async function readEdit(tx: Tx, owner: Owner, connectionId: string): Promise<Required<PolicyEdit>> {
  const { tenantId } = owner;
  const { groups, people, ...scope } = await readAssignments(tx, tenantId, connectionId);
  const { rules, ...roles } = await readRules(tx, tenantId, connectionId);
  const mapping = await viewMapping(tx, owner, connectionId);
  return {
    assignments: { ...scope, groups: groups.map(toGroupName), people: people.map(toPersonName) },
    rules: { ...roles, rules: rules.map(({ group, ...rule }) => ({ ...rule, ...toGroup(group) })) },
    mapping: { rows: mapping.source === "connection" ? mapping.rows.map(toRowInput) : null },
  };
}

const toGroupName = ({ id, displayName }: BoundGroup): GroupName =>
  id === null ? { displayName: displayName ?? "" } : { id, displayName: displayName ?? "" };

const toPersonName = ({ id, userName }: BoundPerson): PersonName =>
  id === null ? { userName: userName ?? "" } : { id, userName: userName ?? "" };

function toGroup(group: Rules["rules"][number]["group"]): { group?: RuleGroup } {
  if (group === null) return {};
  if ("prefix" in group) return { group: { prefix: group.prefix } };
  return { group: "glob" in group ? { glob: group.glob } : toGroupName(group) };
}

/** A stored row as the request would have it that saves it. */
export const toRowInput = (row: MappingRow): RowInput => ({
  target: row.target,
  expression: row.expression,
  default: typeof row.defaultValue === "object" ? null : row.defaultValue,
  required: row.isRequired,
  onCreateOnly: row.isOnCreateOnly,
  doNotClear: row.doNotClear,
});

/**
 * The policy that a connection has, and the one that it would have were an edit saved: it is saved, read and taken back, so
 * that a plan and the edit cannot differ, nor what is refused. What is tried out meanwhile would be over.
 *
 * @param read what else is to be known of how it would be
 */
export async function tryEdit<Read>(
  db: Database,
  owner: Owner,
  connectionId: string,
  edit: PolicyEdit,
  read: (tx: Tx) => Promise<Read>,
): Promise<{ before: ConnectionPolicy; after: ConnectionPolicy; read: Read }> {
  const { workspaceId, tenantId } = owner;
  let policies: { before: ConnectionPolicy; after: ConnectionPolicy; read: Read } | undefined;
  try {
    await inTenant(
      db,
      tenantId,
      async (tx) => {
        const before = await getPolicy(tx, tenantId, connectionId);
        await saveEdit(tx, owner, connectionId, edit, { rollout: "ends" });
        policies = { before, after: await getPolicy(tx, tenantId, connectionId), read: await read(tx) };
        throw new TakenBack();
      },
      workspaceId,
    );
  } catch (error) {
    if (!(error instanceof TakenBack) || policies === undefined) throw error;
    return policies;
  }
  throw new Error("An edit that was tried is taken back");
}

class TakenBack extends Error {}
