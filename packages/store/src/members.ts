import type { MemberChange } from "@muster/scim";
import { type Actor, AUDIT_COLUMNS, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { judgersByGroups, type NestingChange, touchedBy } from "./nesting.ts";
import { isOwnId } from "./own-id.ts";
import type { TenantId } from "./tables.ts";
import type { Marked } from "./users.ts";

/** More people than this are marked by a worker in chunks, so that a request's work stays bounded. */
export const EXPAND_ABOVE = 500;
/** A change that takes people away is expanded above this, because the guard decides there (house rule: cause before fan-out). */
export const REMOVE_ABOVE = 20;
/** Members that name nobody are kept up to this many a group; the rest is dropped rather than stored without limit. */
export const MAX_PARKED = 10_000;

export type MemberOutcome = {
  added: number;
  removed: number;
  parked: number;
  /** Values that name nobody and were not kept, because the group keeps as many as it may. */
  dropped: number;
  /** Groups that should come and go as members; the directory's nesting is locked then, and `changeNesting` does it. */
  nesting: NestingChange | null;
  /** What the group is now; null when it was not written, because no member came or went or it was not asked for. */
  written: { version: number; updatedAt: Date } | null;
  marked: Marked;
};

type OutcomeRow = {
  added: number;
  removed: number;
  parked: number;
  dropped: number;
  joining: string[] | null;
  leaving: string[] | null;
  version: number | null;
  updated_at: Date | null;
  connection_ids: string[] | null;
};

// Everything in one statement, so that a PATCH of 10,000 members costs a constant number of round trips. Written so that
// no plan is quadratic, whatever the planner believes: a named statement may keep the plan that it got when the tables were
// empty. OFFSET 0 makes a look-up by key for each row, NOT IN a hash table.
//   named     ids of our form, and whether a person of this directory has them
//   nested    those that are groups of this directory; itself is ignored
//   strangers what is left, and whatever has another form: kept, so that it can name somebody later
const CHANGE_MEMBERS: NamedStatement<OutcomeRow> = {
  name: "change-members",
  text: `
with named as materialized (
  select w.id, coalesce(u.directory_id = $3 and u.deleted_at is null, false) as person from unnest($5::uuid[]) as w(id) left join lateral (
    select directory_id, deleted_at from users where tenant_id = $1 and id = w.id offset 0) u on true
), nested as materialized (
  select g.id from named cross join lateral (
    select id from groups where tenant_id = $1 and id = named.id and directory_id = $3 offset 0) g
  where not named.person and g.id <> $2
), edges as materialized (
  select member_group_id as id from group_members where tenant_id = $1 and group_id = $2
), joining as materialized (
  select id from nested where id not in (select id from edges)
), leaving as materialized (
  select id from edges where id = any($6::uuid[]) or ($8::boolean and id not in (select id from nested))
), locked as materialized (
  select id from directories where tenant_id = $1 and id = $3 and (exists (select 1 from joining) or exists (select 1 from leaving))
  for no key update
), strangers as materialized (
  select value from unnest($4::text[]) as w(value)
  union all select id::text from named where not person and id <> $2 and id not in (select id from nested)
), added as (
  insert into memberships (tenant_id, group_id, user_id) select $1, $2, id from named where person order by id
  on conflict do nothing returning user_id
), removed_by_name as (
  delete from memberships m where m.tenant_id = $1 and m.group_id = $2 and m.user_id = any($6::uuid[]) returning user_id
), removed_by_replacement as (
  delete from memberships m where $8::boolean and m.tenant_id = $1 and m.group_id = $2
    and m.user_id not in (select id from named where person)
  returning user_id
), unparked_by_name as (
  delete from parked_members p where p.tenant_id = $1 and p.group_id = $2 and p.value = any($7::text[]) returning value
), unparked_by_replacement as (
  delete from parked_members p where $8::boolean and p.tenant_id = $1 and p.group_id = $2
    and p.value not in (select value from strangers)
  returning value
), new_strangers as materialized (
  select value from strangers where not exists (
    select 1 from parked_members p where p.tenant_id = $1 and p.group_id = $2 and p.value = strangers.value offset 0)
), room as materialized (
  select case when exists (select 1 from new_strangers) then greatest(0, ${MAX_PARKED}
    - (select count(*) from parked_members where tenant_id = $1 and group_id = $2)
    + (select count(*) from unparked_by_name) + (select count(*) from unparked_by_replacement)) else 0 end as rows
), parked as (
  insert into parked_members (tenant_id, group_id, value)
  select $1, $2, value from new_strangers order by value limit (select rows from room)
  on conflict do nothing returning value
), people as (
  select user_id, false as leaving from added
  union all select user_id, true from removed_by_name union all select user_id, true from removed_by_replacement
), counted as (
  -- Where a condition asks for groups, or an edit is tried out on them, whoever comes may lose access too.
  select count(*) > ${EXPAND_ABOVE} or count(*) filter (where leaving) > ${REMOVE_ABOVE}
      or count(*) > ${REMOVE_ABOVE} and exists (select from (${judgersByGroups("$3")}) judging) as many, coalesce(bool_or(leaving), false) as leaving,
    count(*) > 0 as some, (select count(*) from locked) as locked from people
), ${touchedBy("$2")}, expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids, actor, subject, guard)
  select $1, t.connection_id, gen_random_uuid(), 'group.members:' || $2::text, c.leaving, (select array_agg(user_id order by user_id) from people), $11,
    (select display_name from groups where tenant_id = $1 and id = $2), case when c.leaving
      or t.connection_id in (${judgersByGroups("$3")}) then 'scope' end
  from touched t, counted c where c.many
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal, removal_since)
  select $1, t.connection_id, p.user_id, p.leaving, case when p.leaving then now() end from touched t cross join people p, counted c where not c.many and c.locked >= 0
  order by 2, 3
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = now(), state = 'pending', removal = accounts.removal or excluded.removal,
      removal_since = coalesce(accounts.removal_since, excluded.removal_since), trace_id = excluded.trace_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal)
  select $1::uuid, t.connection_id, c.leaving from touched t, counted c where c.some
  returning connection_id
), no_longer_exempt as (
  delete from held_removals h using counted c where not c.many and h.tenant_id = $1 and h.state = 'rejected'
    and h.user_id = any(array(select user_id from people where leaving)) and h.connection_id = any(array(select connection_id from touched))
), written as (
  update groups set version = version + 1, updated_at = now() from counted c
  where groups.tenant_id = $1 and groups.id = $2 and $9::boolean and (c.some or c.locked > 0)
  returning groups.id, version, updated_at
), audited as (
  insert into audit (${AUDIT_COLUMNS}) select $1, $10, $11, 'group.update', id::text from written
)
select (select count(*) from added) as added, (select count(*) from people where leaving) as removed, (select count(*) from parked) as parked,
  (select count(*) from new_strangers) - (select count(*) from parked) as dropped,
  (select array_agg(id) from joining) as joining, (select array_agg(id) from leaving) as leaving,
  (select version from written) as version, (select updated_at from written) as updated_at,
  (select array_agg(connection_id) from rung) as connection_ids`,
};

/**
 * Applies a net change to a locked group's members as set logic and marks the accounts of the people who came or went. A
 * value that names nobody in this directory is parked and never fails the rest (B19, V07); the group's own id is
 * ignored. With `write` the group gets a new version when anything changed. More removals than REMOVE_ABOVE are judged by the guard.
 */
export async function changeMembers(
  tx: Statements,
  tenantId: TenantId,
  group: { id: string; directoryId: string },
  change: MemberChange,
  by: { actor: Actor; write: boolean } | null = null,
): Promise<MemberOutcome> {
  const [row] = await tx.named(CHANGE_MEMBERS, [
    tenantId,
    group.id,
    group.directoryId,
    change.add.filter((value) => !isOwnId(value)),
    change.add.filter(isOwnId),
    change.remove.filter(isOwnId),
    change.remove,
    change.replaceAll,
    by?.write ?? false,
    auditId(),
    by?.actor ?? null,
  ]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return toOutcome(row);
}

function toOutcome(row: OutcomeRow): MemberOutcome {
  const { joining, leaving, version, updated_at: updatedAt } = row;
  return {
    added: row.added,
    removed: row.removed,
    parked: row.parked,
    dropped: row.dropped,
    nesting: joining === null && leaving === null ? null : { joining: joining ?? [], leaving: leaving ?? [] },
    written: version === null || updatedAt === null ? null : { version, updatedAt },
    marked: { connectionIds: row.connection_ids ?? [], removal: row.removed > 0 },
  };
}
