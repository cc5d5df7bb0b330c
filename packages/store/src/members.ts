import type { MemberChange } from "@muster/scim";
import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import { isOwnId } from "./own-id.ts";
import type { TenantId } from "./tables.ts";
import type { Marked } from "./users.ts";

/** More people than this are marked by a worker in chunks, so that a request's work stays bounded. */
export const EXPAND_ABOVE = 500;
/** A change that takes people away is expanded above this, because the guard decides there (house rule: cause before fan-out). */
export const REMOVE_ABOVE = 20;
/** Members that name nobody are kept up to this many a group; the rest is dropped rather than stored without limit. */
export const MAX_PARKED = 10_000;

export type MemberOutcome = { added: number; removed: number; parked: number; marked: Marked };

// Everything in one statement, so that a PATCH of 10,000 members costs a constant number of round trips.
const CHANGE_MEMBERS: NamedStatement<{
  added: number;
  removed: number;
  parked: number;
  connection_ids: string[] | null;
}> = {
  name: "change-members",
  text: `
with wanted as (
  select distinct value from unnest($4::text[]) as t(value)
), known as (
  select u.id from unnest($5::uuid[]) as w(id) join users u on u.tenant_id = $1 and u.id = w.id
  where u.directory_id = $3 and u.deleted_at is null
), added as (
  insert into memberships (tenant_id, group_id, user_id) select $1, $2, id from known order by id
  on conflict do nothing returning user_id
), removed_by_name as (
  delete from memberships m where m.tenant_id = $1 and m.group_id = $2 and m.user_id = any($6::uuid[]) returning user_id
), removed_by_replacement as (
  delete from memberships m where $8::boolean and m.tenant_id = $1 and m.group_id = $2
    and not exists (select 1 from unnest($5::uuid[]) as w(id) where w.id = m.user_id)
  returning user_id
), removed as (
  select user_id from removed_by_name union select user_id from removed_by_replacement
), unparked as (
  delete from parked_members p where p.tenant_id = $1 and p.group_id = $2 and (
    p.value = any($7::text[]) or ($8::boolean and not p.value = any($4::text[])))
), parked as (
  insert into parked_members (tenant_id, group_id, value)
  select $1, $2, value from wanted where not exists (select 1 from known where known.id::text = wanted.value)
  order by value limit greatest(0, ${MAX_PARKED} - (select count(*) from parked_members where tenant_id = $1 and group_id = $2))
  on conflict do nothing returning value
), people as (
  select user_id, false as leaving from added union all select user_id, true from removed
), counted as (
  select count(*) > ${EXPAND_ABOVE} or count(*) filter (where leaving) > ${REMOVE_ABOVE} as many, coalesce(bool_or(leaving), false) as leaving,
    count(*) > 0 as some from people
), touched as (
  select connection_id from assignments where tenant_id = $1 and group_id = $2
  union select connection_id from rules where tenant_id = $1 and group_id = $2
), expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids)
  select $1, t.connection_id, gen_random_uuid(), 'group.members:' || $2::text, c.leaving, (select array_agg(user_id order by user_id) from people)
  from touched t, counted c where c.many
  returning connection_id
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal)
  select $1, t.connection_id, p.user_id, p.leaving from touched t cross join people p, counted c where not c.many
  order by 2, 3
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = now(), state = 'pending', removal = accounts.removal or excluded.removal
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal)
  select $1::uuid, t.connection_id, c.leaving from touched t, counted c where c.some
  returning connection_id
)
select (select count(*) from added) as added, (select count(*) from removed) as removed, (select count(*) from parked) as parked,
  (select array_agg(connection_id) from rung) as connection_ids`,
};

/**
 * Applies a net change to a locked group's members as set logic and marks the accounts of those who came or went.
 * A value that names nobody in this directory is parked and never fails the rest (B19, V07).
 */
export async function changeMembers(
  tx: Statements,
  tenantId: TenantId,
  group: { id: string; directoryId: string },
  change: MemberChange,
): Promise<MemberOutcome> {
  const [row] = await tx.named(CHANGE_MEMBERS, [
    tenantId,
    group.id,
    group.directoryId,
    change.add,
    change.add.filter(isOwnId),
    change.remove.filter(isOwnId),
    change.remove,
    change.replaceAll,
  ]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return {
    added: row.added,
    removed: row.removed,
    parked: row.parked,
    marked: { connectionIds: row.connection_ids ?? [], removal: row.removed > 0 },
  };
}

export type Member = { groupId: string; userId: string; display: string };

const LIST_MEMBERS: NamedStatement<{ group_id: string; user_id: string; display: string }> = {
  name: "list-members",
  text: `
select m.group_id, m.user_id, coalesce(u.attributes ->> 'displayName', u.user_name) as display
from memberships m join users u on u.tenant_id = m.tenant_id and u.id = m.user_id
where m.tenant_id = $1 and m.group_id = any($2::uuid[]) and u.deleted_at is null
order by m.group_id, m.user_id`,
};

/** Lists the direct members of these groups in one statement. */
export async function listMembers(tx: Statements, tenantId: TenantId, groupIds: readonly string[]): Promise<Member[]> {
  const rows = await tx.named(LIST_MEMBERS, [tenantId, groupIds]);
  return rows.map((row) => ({ groupId: row.group_id, userId: row.user_id, display: row.display }));
}

const LIST_GROUPS_OF_USERS: NamedStatement<{ user_id: string; id: string; display_name: string }> = {
  name: "list-groups-of-users",
  text: `
select m.user_id, g.id, g.display_name from memberships m join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
where m.tenant_id = $1 and m.user_id = any($2::uuid[]) order by m.user_id, g.display_name_key`,
};

/** Lists the groups that these users are direct members of, in one statement. */
export async function listGroupsOfUsers(
  tx: Statements,
  tenantId: TenantId,
  userIds: readonly string[],
): Promise<Map<string, { id: string; displayName: string }[]>> {
  const byUser = new Map<string, { id: string; displayName: string }[]>();
  for (const row of await tx.named(LIST_GROUPS_OF_USERS, [tenantId, userIds])) {
    const groups = byUser.get(row.user_id) ?? [];
    groups.push({ id: row.id, displayName: row.display_name });
    byUser.set(row.user_id, groups);
  }
  return byUser;
}

/** One page of a group's members in the order of their ids, for the admin API. */
export async function pageMembers(
  tx: Statements,
  tenantId: TenantId,
  page: { groupId: string; after: string | undefined; limit: number },
): Promise<{ id: string; userName: string; displayName: string | null; active: boolean }[]> {
  let query = tx.sql
    .selectFrom("memberships as m")
    .innerJoin("users as u", (join) => join.onRef("u.tenant_id", "=", "m.tenant_id").onRef("u.id", "=", "m.user_id"))
    .select(["u.id", "u.user_name as userName", "u.active"])
    .select(sql<string | null>`u.attributes ->> 'displayName'`.as("displayName"))
    .where("m.tenant_id", "=", tenantId)
    .where("m.group_id", "=", page.groupId)
    .where("u.deleted_at", "is", null)
    .orderBy("m.user_id")
    .limit(page.limit);
  if (page.after !== undefined) query = query.where("m.user_id", ">", page.after);
  return await tx.run(query);
}
