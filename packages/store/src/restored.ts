import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { TenantId } from "./tables.ts";

const PAGE: NamedStatement<{ tenant_id: TenantId; connection_id: string }> = {
  name: "page-lanes",
  text: `
select tenant_id, connection_id from lanes
where connection_id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') order by connection_id limit $2`,
};

/** Before a tenant is known, ids only: every lane there is, page by page. */
export async function pageLanes(
  db: Database,
  page: { after: string | undefined; limit: number },
): Promise<(LaneKey & { tenantId: TenantId })[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(PAGE, [page.after ?? null, page.limit]));
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}

const DOUBT: NamedStatement<{ last: string | null }> = {
  name: "doubt-page-of-accounts",
  text: `
with page as (
  select user_id from accounts where tenant_id = $1 and connection_id = $2
    and user_id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') order by user_id limit $4
), doubted as (
  update accounts a set verify = true
  where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = any(array(select user_id from page)) and not a.verify
)
select user_id as last from page order by user_id desc limit 1`,
};

/**
 * Has a page of a connection's accounts read back, or looked up, before anything is written to them; answers the last of
 * them, or null when there is none left.
 */
export async function doubtPageOfAccounts(
  tx: Statements,
  { tenantId, connectionId }: LaneKey,
  page: { after: string | null; limit: number },
): Promise<string | null> {
  const [row] = await tx.named(DOUBT, [tenantId, connectionId, page.after, page.limit]);
  return row?.last ?? null;
}

const DOUBT_DUE: NamedStatement<object> = {
  name: "doubt-due-accounts",
  text: `
update accounts a set verify = true where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = any(array(
  select user_id from accounts where tenant_id = $1 and connection_id = $2 and due_at <= now() and not verify limit $3))`,
};

/** Has what is due be looked at first too: whom the backup does not know may have an account all the same. */
export async function doubtDueAccounts(
  tx: Statements,
  { tenantId, connectionId }: LaneKey,
  limit: number,
): Promise<void> {
  await tx.named(DOUBT_DUE, [tenantId, connectionId, limit]);
}

const ABANDON: NamedStatement<object> = {
  name: "abandon-comparison",
  text: `
update comparisons set state = 'incomplete', reason = $3, finished_at = now()
where tenant_id = $1 and connection_id = $2 and state = 'running'`,
};

/** Ends whatever comparison is running on a connection: what it has listed is not to be relied on. */
export async function abandonComparison(
  tx: Statements,
  { tenantId, connectionId }: LaneKey,
  reason: string,
): Promise<void> {
  await tx.named(ABANDON, [tenantId, connectionId, reason]);
}
