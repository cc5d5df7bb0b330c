import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";
import { COLUMNS, toUserRecord, type UserRecord, type UserRow } from "./users.ts";

const LOCK_PEOPLE: NamedStatement<UserRow> = {
  name: "lock-people",
  text: `
with wanted as materialized (
  select id from unnest($3::uuid[]) as w(id)
  union select u.id from unnest($4::text[]) as w(external_id) cross join lateral (
    select id from users where tenant_id = $1 and directory_id = $2 and external_id = w.external_id offset 0) u
)
select ${COLUMNS} from users
where tenant_id = $1 and id = any(array(select id from wanted)) and directory_id = $2 and coalesce(deleted_at, 'infinity') = 'infinity'
order by id for update`,
};

/** Locks and reads live users of a directory by id or externalId, in the order of their ids. */
export async function lockPeople(
  tx: Statements,
  tenantId: TenantId,
  wanted: { directoryId: string; ids: readonly string[]; externalIds: readonly string[] },
): Promise<UserRecord[]> {
  const rows = await tx.named(LOCK_PEOPLE, [tenantId, wanted.directoryId, wanted.ids, wanted.externalIds]);
  return rows.map(toUserRecord);
}
