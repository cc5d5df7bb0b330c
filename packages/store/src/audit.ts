import { uuidV7 } from "@muster/runtime";
import type { Statements } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";

/** Who caused a change, as audit rows name it: "token:…", "key:…" or "system". Never a secret. */
export type Actor = string;

/** Columns of `audit` in the order that statements with an audit row of their own insert them. */
export const AUDIT_COLUMNS = "tenant_id, id, actor, action, target";

/** Makes the id of an audit row: ordered by time, so that the newest page is an index range. */
export const auditId = (): string => uuidV7();

/** Writes the audit row of a change in the change's own transaction. */
export async function insertAudit(
  tx: Statements,
  tenantId: TenantId,
  entry: { actor: Actor; action: string; target: string },
): Promise<void> {
  await tx.run(tx.sql.insertInto("audit").values({ tenant_id: tenantId, id: auditId(), ...entry }));
}

/** Writes the audit row of a change to the workspace itself. */
export async function insertWorkspaceAudit(
  tx: Statements,
  workspaceId: WorkspaceId,
  entry: { actor: Actor; action: string; target: string },
): Promise<void> {
  await tx.run(tx.sql.insertInto("workspace_audit").values({ workspace_id: workspaceId, id: auditId(), ...entry }));
}

/** Newest first; `before` is the id of the last row already seen. */
export async function listAudit(
  tx: Statements,
  tenantId: TenantId,
  page: { before: string | undefined; limit: number },
): Promise<{ id: string; at: Date; actor: string; action: string; target: string; traceId: string | null }[]> {
  let query = tx.sql
    .selectFrom("audit")
    .select(["id", "at", "actor", "action", "target", "trace_id as traceId"])
    .where("tenant_id", "=", tenantId)
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return (await tx.run(query)).map((row) => ({ ...row, traceId: toTraceId(row.traceId) }));
}
