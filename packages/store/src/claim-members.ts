import { foldCase } from "@muster/scim";
import type { NamedStatement, Statements } from "./database.ts";
import { DECIDED_BY_REACHED, readersOfNames } from "./nesting.ts";
import type { MemberMatching, TenantId } from "./tables.ts";
import type { Marked, UserRecord } from "./users.ts";

// The index on the folded value holds its beginning only, so the whole is compared behind it. OFFSET 0 makes a look-up by key for each row:
// joined, a planner that counts the groups as none would read them all, and the parked members for each of them.
const CLAIM_MEMBERS: NamedStatement<{ connection_ids: string[] | null }> = {
  name: "claim-members",
  text: `
with claimed as (
  delete from parked_members p
  where p.tenant_id = $1 and (p.value = any($4::text[])
      or (left(muster_fold(p.value), 512) = left($5::text, 512) and muster_fold(p.value) = $5::text))
    and exists (select 1 from groups where tenant_id = $1 and id = p.group_id and directory_id = $2 offset 0)
  returning p.group_id
), joined as (
  insert into memberships (tenant_id, group_id, user_id) select distinct $1::uuid, group_id, $3::uuid from claimed order by group_id
  on conflict do nothing returning group_id
), reached as (
  select group_id from joined union select a.ancestor_id from joined cross join lateral (
    select ancestor_id from group_ancestors where tenant_id = $1 and group_id = joined.group_id offset 0) a
), touched as (
  ${DECIDED_BY_REACHED}
  union select n.id from (${readersOfNames("$2")}) n where exists (select 1 from joined)
), marked as (
  insert into accounts (tenant_id, connection_id, user_id) select $1, connection_id, $3 from touched order by 2
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = least(accounts.due_at, now()), state = 'pending',
      trace_id = excluded.trace_id
  returning connection_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, connection_id, false from marked returning connection_id
)
select array_agg(connection_id) as connection_ids from rung`,
};

/**
 * Gives a person the places that groups of their directory kept for them under the id, and under the externalId or the
 * userName where the directory matches by it (B19). Everything else names nobody (V01).
 */
export async function claimMembers(
  tx: Statements,
  tenantId: TenantId,
  person: Pick<UserRecord, "id" | "directoryId" | "user">,
  matching: readonly MemberMatching[],
): Promise<Marked> {
  const { externalId, userName } = person.user;
  const names = matching.includes("externalId") && externalId !== null ? [person.id, externalId] : [person.id];
  const nameKey = matching.includes("userName") ? foldCase(userName) : null;
  const [row] = await tx.named(CLAIM_MEMBERS, [tenantId, person.directoryId, person.id, names, nameKey]);
  return { connectionIds: row?.connection_ids ?? [], removal: false };
}
