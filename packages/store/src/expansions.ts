import type { LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { bindPatterns, bindTried } from "./name-patterns.ts";
import type { TenantId } from "./tables.ts";

// The groups that a connection is assigned, and those below them: their members are in its scope.
export const ASSIGNED = `(
    select group_id from assignments where tenant_id = $1 and connection_id = $2 and group_id is not null
    union select a.group_id from assignments s cross join lateral (
      select group_id from group_ancestors where tenant_id = $1 and ancestor_id = s.group_id offset 0) a
    where s.tenant_id = $1 and s.connection_id = $2)`;

// The same, and those whose members an edit is tried out on.
const REACHED = `(
    select group_id from ${ASSIGNED} a
    union select group_id from rollout_groups where tenant_id = $1 and connection_id = $2 and part = 'chosen'
    union select a.group_id from rollout_groups s cross join lateral (
      select group_id from group_ancestors where tenant_id = $1 and ancestor_id = s.group_id offset 0) a
    where s.tenant_id = $1 and s.connection_id = $2 and s.part = 'chosen')`;

/** People marked in one transaction: enough to be quick, few enough that other writers never wait long. */
const CHUNK = 500;

const EXPAND_CONNECTION: NamedStatement<{ id: string }> = {
  name: "expand-connection",
  text: `
with wanted as (
  select connection_id from unnest($2::uuid[]) as c(connection_id)
), expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, actor, guard)
  select $1, connection_id, gen_random_uuid(), $3, $4, $5, 'scope' from wanted returning id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, connection_id, $4 from wanted
)
select id from expanded`,
};

/** Records that everybody these connections have, or should have, must be looked at again (an edit of who or what); the guard judges it first. */
export async function expandConnections(
  tx: Statements,
  tenantId: TenantId,
  input: { connectionIds: readonly string[]; cause: string; removal: boolean; actor: string },
): Promise<void> {
  if (input.connectionIds.length === 0) return;
  await tx.named(EXPAND_CONNECTION, [tenantId, input.connectionIds, input.cause, input.removal, input.actor]);
}

export type Expansion = {
  id: string;
  removal: boolean;
  /** True when explicit people are listed; false for everybody of the connection. */
  listed: boolean;
  /** Whether every transaction that might have read the old edit has ended; null when not yet recorded. */
  barrierPassed: boolean | null;
  /** The guard has yet to judge it. */
  guarded: boolean;
  /** Its cause goes on: there is more to come before it can be judged. */
  open: boolean;
};

const NEXT_EXPANSION: NamedStatement<Omit<Expansion, "barrierPassed"> & { passed: boolean | null }> = {
  name: "next-expansion",
  text: `
select id, removal, user_ids is not null as listed, pg_snapshot_xmin(pg_current_snapshot()) >= barrier as passed,
  guard is not null as guarded, coalesce(open_until > now(), false) as open
from expansions where tenant_id = $1 and connection_id = $2
order by coalesce(open_until > now(), false), guard is not null desc, removal desc, created_at limit 1`,
};

/** The expansion to work on next in this lane: first what the guard has to judge, since removals wait for it. */
export async function nextExpansion(tx: Statements, lane: LaneRef): Promise<Expansion | undefined> {
  const [row] = await tx.named(NEXT_EXPANSION, [lane.tenantId, lane.connectionId]);
  if (row === undefined) return undefined;
  const { passed, ...expansion } = row;
  return { ...expansion, barrierPassed: passed };
}

const SET_BARRIER: NamedStatement<{ id: string }> = {
  name: "set-barrier",
  text: `
update expansions set barrier = pg_snapshot_xmax(pg_current_snapshot())
where tenant_id = $1 and connection_id = $2 and id = $3 and barrier is null returning id`,
};

/**
 * Notes the moment at which the edit became visible. A writer that began before it may have read the old edit and
 * commit later; only when all such writers have ended may the scan begin (house trap 2).
 */
export async function setBarrier(tx: Statements, lane: LaneRef, expansionId: string): Promise<void> {
  await tx.named(SET_BARRIER, [lane.tenantId, lane.connectionId, expansionId]);
}

const BIND_WAITING: NamedStatement<{ position: number }> = {
  name: "bind-waiting",
  text: `
with own as (
  select directory_id from connections where tenant_id = $1 and id = $2
), assigned as (
  update assignments a set group_id = g.id from groups g, own
  where a.tenant_id = $1 and a.connection_id = $2 and a.group_id is null
    and g.tenant_id = $1 and g.directory_id = own.directory_id and g.display_name_key = a.display_name_key
  returning a.position
), ruled as (
  update rules r set group_id = g.id from groups g, own
  where r.tenant_id = $1 and r.connection_id = $2 and r.group_id is null
    and g.tenant_id = $1 and g.directory_id = own.directory_id and g.display_name_key = r.display_name_key
  returning r.position
)
select position from assigned union all select position from ruled`,
};

/** Binds names and patterns to groups that arrived while the edit was being committed. */
export async function bindWaiting(tx: Statements, lane: LaneRef): Promise<void> {
  await tx.named(BIND_WAITING, [lane.tenantId, lane.connectionId]);
  await bindPatterns(tx, lane.tenantId, lane.connectionId);
  await bindTried(tx, lane.tenantId, lane.connectionId);
}

// Each chunk marks, moves the cursor and is done in one statement; a crash repeats at most one chunk, harmlessly.
const MARK = `
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = now(), state = 'pending', removal = accounts.removal or excluded.removal,
      removal_since = coalesce(accounts.removal_since, excluded.removal_since), trace_id = excluded.trace_id`;

const EXPAND_LISTED: NamedStatement<{ people: number; finished: boolean }> = {
  name: "expand-listed",
  text: `
with chunk as (
  select e.removal, e.created_at, e.trace_id, u.user_id from expansions e, unnest(e.user_ids[e.done + 1 : e.done + ${CHUNK}]) as u(user_id)
  where e.tenant_id = $1 and e.connection_id = $2 and e.id = $3
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal, removal_since, trace_id)
  select $1, $2, user_id, removal, case when removal then created_at end, trace_id from chunk order by user_id${MARK}
), moved as (
  update expansions set done = done + ${CHUNK} where tenant_id = $1 and connection_id = $2 and id = $3 and done + ${CHUNK} < cardinality(user_ids)
  returning id
), finished as (
  delete from expansions where tenant_id = $1 and connection_id = $2 and id = $3 and done + ${CHUNK} >= cardinality(user_ids) returning id
)
select (select count(*) from chunk) as people, exists (select 1 from finished) as finished`,
};

// Scalar sub-selects, so that every candidate list is read in index order from the cursor and stops at its limit.
const EXPAND_EVERYBODY: NamedStatement<{ people: number; finished: boolean }> = {
  name: "expand-everybody",
  text: `
with expansion as (
  select coalesce(e.after_user_id, '00000000-0000-0000-0000-000000000000') as after, e.trace_id, c.directory_id, c.reaches_everyone
  from expansions e join connections c on c.tenant_id = $1 and c.id = $2
  where e.tenant_id = $1 and e.connection_id = $2 and e.id = $3
), candidates as (
  (select user_id from accounts where tenant_id = $1 and connection_id = $2 and user_id > (select after from expansion)
    order by user_id limit ${CHUNK})
  union
  (select id from users where tenant_id = $1 and directory_id = (select directory_id from expansion) and deleted_at is null
    and (select reaches_everyone from expansion) and id > (select after from expansion) order by id limit ${CHUNK})
  union
  (select member.user_id from ${REACHED} s cross join lateral (
      select m.user_id from memberships m where m.tenant_id = $1 and m.group_id = s.group_id and m.user_id > (select after from expansion)
      order by m.user_id limit ${CHUNK}) member)
  union
  (select user_id from scope_people where tenant_id = $1 and connection_id = $2 and user_id > (select after from expansion)
    order by user_id limit ${CHUNK})
  union
  (select user_id from rollout_people where tenant_id = $1 and connection_id = $2 and user_id > (select after from expansion)
    order by user_id limit ${CHUNK})
), chunk as (
  select user_id from candidates order by user_id limit ${CHUNK}
), marked as (
  insert into accounts (tenant_id, connection_id, user_id, removal, trace_id)
  select $1, $2, chunk.user_id, false, (select trace_id from expansion) from chunk order by chunk.user_id${MARK}
), moved as (
  update expansions set after_user_id = (select user_id from chunk order by user_id desc limit 1), done = done + ${CHUNK}
  where tenant_id = $1 and connection_id = $2 and id = $3 and (select count(*) from chunk) = ${CHUNK} returning id
), finished as (
  delete from expansions where tenant_id = $1 and connection_id = $2 and id = $3 and (select count(*) from chunk) < ${CHUNK} returning id
)
select (select count(*) from chunk) as people, exists (select 1 from finished) as finished`,
};

/** Marks the next chunk of people of an expansion and removes the expansion with its last chunk. */
export async function expandChunk(
  tx: Statements,
  lane: LaneRef,
  expansion: Expansion,
): Promise<{ people: number; finished: boolean }> {
  const statement = expansion.listed ? EXPAND_LISTED : EXPAND_EVERYBODY;
  const [row] = await tx.named(statement, [lane.tenantId, lane.connectionId, expansion.id]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return row;
}

// OFFSET 0 keeps the sub-select a look-up by key for each person instead of a join that the planner may make quadratic.
const UNEXPANDED: NamedStatement<{ expansions: number; people: number }> = {
  name: "unexpanded",
  text: `
with open as (
  select user_ids, done, coalesce(after_user_id, '00000000-0000-0000-0000-000000000000') as after
  from expansions where tenant_id = $1 and connection_id = $2
), whole as (
  select min(after::text)::uuid as after from open where user_ids is null
), waiting as (
  select listed.user_id from open, unnest(open.user_ids[open.done + 1 : cardinality(open.user_ids)]) as listed(user_id)
  union
  select id from users where tenant_id = $1 and deleted_at is null and id > (select after from whole)
    and directory_id = (select directory_id from connections where tenant_id = $1 and id = $2 and reaches_everyone)
  union
  select member.user_id from ${REACHED} s cross join lateral (
      select m.user_id from memberships m where m.tenant_id = $1 and m.group_id = s.group_id and m.user_id > (select after from whole) offset 0) member
  union
  select user_id from scope_people where tenant_id = $1 and connection_id = $2 and user_id > (select after from whole)
  union
  select user_id from rollout_people where tenant_id = $1 and connection_id = $2 and user_id > (select after from whole)
)
select (select count(*) from open) as expansions, (select count(*) from waiting where not exists (
  select 1 from accounts a where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = waiting.user_id and a.state = 'pending' offset 0)) as people`,
};

/** How many people are in changes that were not expanded yet, those whose accounts are pending anyway left out. */
export async function countUnexpanded(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<{ expansions: number; people: number }> {
  const [row] = await tx.named(UNEXPANDED, [tenantId, connectionId]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return row;
}
