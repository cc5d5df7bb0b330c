import type { TenantId } from "./column-types.ts";
import { type Database, inTenant, type NamedStatement } from "./database.ts";

const TABLES = {
  past_memberships: "left_at",
  past_people: "until",
  past_groups: "deleted_at",
  past_nesting: "left_at",
} as const;

// The beginning of what is known moves in the statement that deletes, so that nobody undoes to a time that is half forgotten.
const purgeText = (table: string, at: string): string => `
with kept as materialized (
  select now() - tombstone_days * interval '1 day' as since from directories where tenant_id = $1 and id = $2
), doomed as materialized (
  select ${at} as at, id from ${table} where tenant_id = $1 and directory_id = $2 and ${at} < (select since from kept) order by ${at}, id limit $3
), moved as (
  update directories set history_since = greatest(history_since, (select max(at) from doomed))
  where tenant_id = $1 and id = $2 and exists (select 1 from doomed)
)
delete from ${table} t using doomed d where t.tenant_id = $1 and t.directory_id = $2 and t.${at} = d.at and t.id = d.id returning t.id`;

const PURGES = Object.entries(TABLES).map(
  ([table, at]): NamedStatement<{ id: number }> => ({ name: `purge-${table}`, text: purgeText(table, at) }),
);

/** Deletes at most `limit` rows of each kind of history that are older than their directory keeps; returns whether there may be more. */
export async function purgeHistory(
  db: Database,
  tenantId: TenantId,
  directoryId: string,
  limit: number,
): Promise<boolean> {
  let isMore = false;
  for (const purge of PURGES) {
    const rows = await inTenant(db, tenantId, (tx) => tx.last.named(purge, [tenantId, directoryId, limit]));
    isMore ||= rows.length === limit;
  }
  return isMore;
}
