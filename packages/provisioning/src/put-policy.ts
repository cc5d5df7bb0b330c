import { type RowInput, readRows } from "@muster/mapping";
import { type Database, inTrace, type Tx } from "@muster/store";
import { type Assignments, type AssignmentsInput, readAssignments } from "./assignments.ts";
import type { Owner } from "./connections.ts";
import { type MappingOutcome, viewMapping } from "./mappings.ts";
import { saveEdit } from "./policy-edit.ts";
import { type Rules, type RulesInput, readRules } from "./role-rules.ts";

type Deps = { db: Database };

/** Replaces who is in a connection's scope; everybody it has or should have is looked at again. */
export async function putAssignments(
  deps: Deps,
  owner: Owner,
  connectionId: string,
  assignments: AssignmentsInput,
): Promise<Assignments> {
  const put = async (tx: Tx): Promise<Assignments> => {
    await saveEdit(tx, owner, connectionId, { assignments });
    return await readAssignments(tx, owner.tenantId, connectionId);
  };
  return await inTrace(deps.db, owner, put, owner.workspaceId);
}

/** Replaces a connection's rules; everybody it has is looked at again. */
export async function putRules(deps: Deps, owner: Owner, connectionId: string, rules: RulesInput): Promise<Rules> {
  const put = async (tx: Tx): Promise<Rules> => {
    await saveEdit(tx, owner, connectionId, { rules });
    return await readRules(tx, owner.tenantId, connectionId);
  };
  return await inTrace(deps.db, owner, put, owner.workspaceId);
}

/** Replaces a connection's own mapping, or takes it away with null; everybody of the connection is looked at again. */
export async function putMapping(
  deps: Deps,
  owner: Owner,
  connectionId: string,
  rows: RowInput[] | null,
): Promise<MappingOutcome> {
  const read = rows === null ? null : readRows(rows);
  if (read?.kind === "refused") return read;
  const put = async (tx: Tx): Promise<MappingOutcome> => {
    await saveEdit(tx, owner, connectionId, { mapping: { rows } });
    return { kind: "saved", mapping: await viewMapping(tx, owner, connectionId) };
  };
  return await inTrace(deps.db, owner, put, owner.workspaceId);
}
