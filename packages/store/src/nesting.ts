import type { Actor } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { expandConnections } from "./expansions.ts";
import type { TenantId } from "./tables.ts";
import type { Marked } from "./users.ts";

/** The connections that any of the groups of `reached` (group_id) decides about by its id. */
export const DECIDED_BY_REACHED = `select a.connection_id from reached cross join lateral (
    select connection_id from assignments where tenant_id = $1 and group_id = reached.group_id offset 0) a
  union select r.connection_id from reached cross join lateral (
    select connection_id from rules where tenant_id = $1 and group_id = reached.group_id offset 0) r
  union select g.connection_id from reached cross join lateral (
    select connection_id from gate_groups where tenant_id = $1 and group_id = reached.group_id offset 0) g
  union select m.connection_id from reached cross join lateral (
    select connection_id from rule_groups where tenant_id = $1 and group_id = reached.group_id offset 0) m
  union select t.connection_id from reached cross join lateral (
    select connection_id from rollout_groups where tenant_id = $1 and group_id = reached.group_id offset 0) t`;

/**
 * The connections that a group decides about, itself or through a group above it, as a common table expression `touched`.
 * `$1` is the tenant, `group` the parameter with the group's id.
 */
export const touchedBy = (group: string): string => `
reached as (
  select ${group}::uuid as group_id union select ancestor_id from group_ancestors where tenant_id = $1 and group_id = ${group}
), touched as (
  ${DECIDED_BY_REACHED}
  union ${readersOfNames(`(select directory_id from groups where tenant_id = $1 and id = ${group})`)}
)`;

/** The connections of a directory whose conditions or mapping, also such as are tried out, ask for the names of groups, so that any group may decide. */
export function readersOfNames(directory: string): string {
  return `select id from connections where tenant_id = $1 and directory_id = ${directory} and (rules_read_names or scope_reads_names
    or exists (select 1 from mappings m where m.tenant_id = $1 and m.connection_id = connections.id and m.uses_groups offset 0)
    or exists (select 1 from rollouts t where t.tenant_id = $1 and t.connection_id = connections.id and t.reads_names offset 0))`;
}

/** The connections of a directory in which the names of groups decide who has access, or an edit is tried out, so that a change of members may take it. */
export function judgersByGroups(directory: string): string {
  return `select id from connections where tenant_id = $1 and directory_id = ${directory} and (scope_reads_names
    or exists (select 1 from mappings m where m.tenant_id = $1 and m.connection_id = connections.id and m.uses_groups and m.maps_access offset 0))
    union select connection_id from rollouts where tenant_id = $1 and directory_id = ${directory}`;
}

/** Groups that become, or are no longer, direct members of a group. */
export type NestingChange = { joining: readonly string[]; leaving: readonly string[] };

const LOCK_NESTING: NamedStatement<{ id: string }> = {
  name: "lock-nesting",
  // Less than FOR UPDATE, so that nobody who inserts a person or a group into the directory waits.
  text: "select id from directories where tenant_id = $1 and id = $2 for no key update",
};

const LIST_NESTED: NamedStatement<{ id: string }> = {
  name: "list-nested",
  text: "select member_group_id as id from group_members where tenant_id = $1 and group_id = $2",
};

/**
 * Lets one transaction at a time edit the nesting of a directory, from here to its end, and returns which groups are
 * members of this one. A group's own row is locked before the directory's, and no account before either.
 */
export async function lockNesting(
  tx: Statements,
  tenantId: TenantId,
  group: { id: string; directoryId: string },
): Promise<string[]> {
  const locked = tx.named(LOCK_NESTING, [tenantId, group.directoryId]);
  // Sent along; it is a statement of its own because it must see what was committed while the lock was waited for.
  const [, nested] = await Promise.all([locked, tx.named(LIST_NESTED, [tenantId, group.id])]);
  return nested.map((row) => row.id);
}

const CHANGE_EDGES: NamedStatement<{ id: string }> = {
  name: "change-edges",
  text: `
with gone as (
  delete from group_members where tenant_id = $1 and group_id = $2 and member_group_id = any($5::uuid[])
), come as (
  insert into group_members (tenant_id, group_id, member_group_id)
  select $1, $2, g.id from unnest($4::uuid[]) as w(id) cross join lateral (
    select id from groups where tenant_id = $1 and id = w.id and directory_id = $3 offset 0) g
  order by g.id on conflict do nothing returning member_group_id as id
)
select id from come`,
};

// What a lost edge may have carried is each pair of a group at or above it and a group at or below it. Such a pair stays
// when an edge leads from its upper group to its lower one, or to a group from which the lower one is reached for certain;
// certain are all other pairs and those found to stay. So circles are no matter. Deleted by keys and a hashed list, not by a
// join: a table that was empty when it was last vacuumed counts as empty, and its rows would be held against each lost pair.
const NARROW_ANCESTORS: NamedStatement<{ removed: number }> = {
  name: "narrow-ancestors",
  text: `
with recursive above as (
  select $2::uuid as id union select ancestor_id from group_ancestors where tenant_id = $1 and group_id = $2
), below as (
  select id from unnest($3::uuid[]) as w(id)
  union select a.group_id from unnest($3::uuid[]) as w(id) cross join lateral (
    select group_id from group_ancestors where tenant_id = $1 and ancestor_id = w.id offset 0) a
), doubtful as materialized (
  select above.id as ancestor_id, below.id as group_id from above cross join below where above.id <> below.id
), edges as materialized (
  select above.id as ancestor_id, e.member_group_id as id from above cross join lateral (
    select member_group_id from group_members where tenant_id = $1 and group_id = above.id offset 0) e
), staying as (
  select d.ancestor_id, d.group_id from doubtful d join edges e on e.ancestor_id = d.ancestor_id
  where e.id = d.group_id or (e.id not in (select id from above) and exists (
    select 1 from group_ancestors c where c.tenant_id = $1 and c.ancestor_id = e.id and c.group_id = d.group_id offset 0))
  union
  select e.ancestor_id, s.group_id from staying s join edges e on e.id = s.ancestor_id where e.ancestor_id <> s.group_id
), lost as (
  select ancestor_id, group_id from doubtful except select ancestor_id, group_id from staying
), removed as (
  delete from group_ancestors a
  where a.tenant_id = $1 and a.ancestor_id = any(array(select distinct ancestor_id from lost)) and a.group_id = any(array(select distinct group_id from lost))
    and ((a.ancestor_id, a.group_id) in (select ancestor_id, group_id from lost)) is true
  returning 1
)
select count(*) as removed from removed`,
};

// Whatever is at or above the group has now whatever is at or below its new members.
const WIDEN_ANCESTORS: NamedStatement<{ added: number }> = {
  name: "widen-ancestors",
  text: `
with above as (
  select $2::uuid as id union select ancestor_id from group_ancestors where tenant_id = $1 and group_id = $2
), joined as (
  select e.member_group_id as id from unnest($3::uuid[]) as w(id) cross join lateral (
    select member_group_id from group_members where tenant_id = $1 and group_id = $2 and member_group_id = w.id offset 0) e
), below as (
  select id from joined
  union select a.group_id from joined cross join lateral (
    select group_id from group_ancestors where tenant_id = $1 and ancestor_id = joined.id offset 0) a
), added as (
  insert into group_ancestors (tenant_id, ancestor_id, group_id)
  select $1, above.id, below.id from above cross join below where above.id <> below.id
  on conflict do nothing returning 1
)
select count(*) as added from added`,
};

const TOUCHED: NamedStatement<{ connection_id: string }> = {
  name: "touched-by-group",
  text: `with ${touchedBy("$2")} select connection_id from touched`,
};

/**
 * Changes which groups are members of a locked group whose directory's nesting is locked, brings the closure up to date and
 * records that everybody of the connections which the group or one above it decides about must be looked at again.
 */
export async function changeNesting(
  tx: Statements,
  tenantId: TenantId,
  group: { id: string; directoryId: string },
  change: NestingChange,
  actor: Actor = "system",
): Promise<Marked> {
  const { joining, leaving } = change;
  const removal = leaving.length > 0;
  // Sent together; each sees what those before it did. What is above the group does not hang on what is below it.
  const sent = await Promise.allSettled([
    tx.named(CHANGE_EDGES, [tenantId, group.id, group.directoryId, joining, leaving]),
    ...(removal ? [tx.named(NARROW_ANCESTORS, [tenantId, group.id, leaving])] : []),
    ...(joining.length > 0 ? [tx.named(WIDEN_ANCESTORS, [tenantId, group.id, joining])] : []),
  ]);
  for (const one of sent) if (one.status === "rejected") throw one.reason;
  const connectionIds = (await tx.named(TOUCHED, [tenantId, group.id])).map((row) => row.connection_id);
  await expandConnections(tx, tenantId, { connectionIds, cause: `group.nesting:${group.id}`, removal, actor });
  return { connectionIds, removal };
}
