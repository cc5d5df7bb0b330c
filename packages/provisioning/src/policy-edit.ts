import type { MappingRow, RowInput } from "@muster/mapping";
import { uuidV7 } from "@muster/runtime";
import {
  type ConnectionPolicy,
  type Database,
  expandConnections,
  getPolicy,
  insertPolicyVersion,
  inTenant,
  lockPolicy,
  type StoredEdit,
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
 * everybody that the connection has or should have is looked at again.
 */
export async function saveEdit(
  tx: Tx,
  owner: Owner,
  connectionId: string,
  edit: PolicyEdit,
  cause = causeOf(edit),
): Promise<void> {
  await requireConnection(tx, owner.tenantId, connectionId);
  const { tenantId, actor } = owner;
  const keep = async (as: { actor: string; cause: string }) =>
    await insertPolicyVersion(tx, tenantId, {
      connectionId,
      id: uuidV7(),
      ...as,
      policy: await readEdit(tx, owner, connectionId),
    });
  // What was there before the first edit is a version too: there is always one to go back to.
  if (!(await lockPolicy(tx, tenantId, connectionId))) await keep({ actor: "system", cause: "start" });
  if (edit.assignments !== undefined) await saveAssignments(tx, owner, connectionId, edit.assignments);
  if (edit.rules !== undefined) await saveRules(tx, owner, connectionId, edit.rules);
  if (edit.mapping !== undefined) await saveMapping(tx, owner, connectionId, edit.mapping.rows);
  // Once, whatever its parts: everybody is looked at again once, and the guard judges it as one.
  const [action = cause] = cause.split(":");
  await expandConnections(tx, tenantId, { connectionIds: [connectionId], cause: action, removal: false, actor });
  await keep({ actor, cause });
}

const causeOf = (edit: PolicyEdit): string =>
  Object.keys(edit)
    .map((part) => `${part}.put`)
    .join(", ");

/** What decides a connection's accounts, in the shape of an edit that would save it. Groups have their names beside their ids. */
async function readEdit(tx: Tx, owner: Owner, connectionId: string): Promise<Required<PolicyEdit>> {
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
 * that a plan and the edit cannot differ, nor what is refused.
 */
export async function tryEdit(
  db: Database,
  owner: Owner,
  connectionId: string,
  edit: PolicyEdit,
): Promise<{ before: ConnectionPolicy; after: ConnectionPolicy }> {
  const { workspaceId, tenantId } = owner;
  let policies: { before: ConnectionPolicy; after: ConnectionPolicy } | undefined;
  try {
    await inTenant(
      db,
      tenantId,
      async (tx) => {
        const before = await getPolicy(tx, tenantId, connectionId);
        await saveEdit(tx, owner, connectionId, edit);
        policies = { before, after: await getPolicy(tx, tenantId, connectionId) };
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
