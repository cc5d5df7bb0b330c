import type { RowInput } from "@muster/mapping";
import { type ConnectionPolicy, type Database, getPolicy, inTenant, type StoredEdit, type Tx } from "@muster/store";
import { type AssignmentsInput, saveAssignments } from "./assignments.ts";
import type { Owner } from "./connections.ts";
import { saveMapping } from "./mappings.ts";
import { type RulesInput, saveRules } from "./role-rules.ts";

/** An edit of what decides a connection's accounts: what is not in it stays as it is. */
export type PolicyEdit = {
  assignments?: AssignmentsInput;
  rules?: RulesInput;
  /** Null rows: the connection's own mapping is taken away. */
  mapping?: { rows: RowInput[] | null };
};

/** Reads an edit that was stored as it came in, checked, with a request. */
export function readStoredEdit(stored: StoredEdit): PolicyEdit {
  return stored as PolicyEdit;
}

/** Saves each part of an edit as a request for it would, in the caller's transaction, which must be of the workspace too. */
export async function saveEdit(tx: Tx, owner: Owner, connectionId: string, edit: PolicyEdit): Promise<void> {
  if (edit.assignments !== undefined) await saveAssignments(tx, owner, connectionId, edit.assignments);
  if (edit.rules !== undefined) await saveRules(tx, owner, connectionId, edit.rules);
  if (edit.mapping !== undefined) await saveMapping(tx, owner, connectionId, edit.mapping.rows);
}

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
