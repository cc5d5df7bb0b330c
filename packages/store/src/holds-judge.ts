import type { LaneRef } from "./accounts.ts";
import { auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { ASSIGNED, type Expansion } from "./expansions.ts";

/** Edits that say nothing about who is in scope: what was rejected before them stays rejected. */
const KEEPS_REJECTIONS = "(e.cause like 'connection.update%' or e.cause like 'group.rename%')";

// Look-ups by key, one for each account, whatever the planner believes. An app has a person when the account is linked and
// not known to be inactive.
//   has      who has access by this connection now
//   losing   who would lose it: not those that an earlier cause holds. Where SQL cannot tell, the worker has noted who
const LOSING = `
expansion as materialized (
  select e.guard, e.user_ids, e.cause, e.actor, e.subject, e.hold_all, e.created_at, coalesce(cardinality(e.user_ids), 0) = 0 as whole,
    not ${KEEPS_REJECTIONS} as ends, c.everyone, c.on_leave, c.guard_percent, e.judged
  from expansions e join connections c on c.tenant_id = $1 and c.id = $2
  where e.tenant_id = $1 and e.connection_id = $2 and e.id = $3 and e.guard is not null
), assigned as materialized (
  select coalesce(array_agg(group_id), '{}') as ids from ${ASSIGNED} s
), candidates as (
  select user_id from accounts where tenant_id = $1 and connection_id = $2 and remote_id is not null
    and applied ->> 'active' is distinct from 'false' and (select whole and not judged from expansion)
  union all
  select a.user_id from (select distinct unnest(user_ids) as id from expansion where not judged) l cross join lateral (
    select user_id from accounts where tenant_id = $1 and connection_id = $2 and user_id = l.id and remote_id is not null
      and applied ->> 'active' is distinct from 'false' offset 0) a
), judged as (
  select c.user_id, u.active, u.deleted_at is not null as deleted, ${inScope("c.user_id")} as in_scope
  from candidates c cross join lateral (select active, deleted_at from users where tenant_id = $1 and id = c.user_id offset 0) u
), losing as materialized (
  select j.user_id from expansion e cross join (
    select j.user_id from judged j, expansion e where case
      when e.on_leave = 'leave' then e.guard = 'people' and not j.active and not j.deleted and j.in_scope
      when e.guard = 'scope' then j.active and not j.deleted and not j.in_scope
      else not j.active or j.deleted or not j.in_scope end
    union all
    select user_id from expansion_losses where tenant_id = $1 and connection_id = $2 and expansion_id = $3 and (select judged from expansion)
  ) j
  where not exists (select 1 from held_removals h where h.tenant_id = $1 and h.connection_id = $2 and h.user_id = j.user_id
      and (h.state = 'held' or not e.ends) offset 0)
)`;

/** They are read in the same statement, which sees them still. */
const FORGET_LOSSES = `
forgotten as (
  delete from expansion_losses where tenant_id = $1 and connection_id = $2 and expansion_id = $3
)`;

function inScope(userId: string): string {
  return `((select everyone from expansion) or exists (
    select 1 from memberships m where m.tenant_id = $1 and m.user_id = ${userId} and m.group_id = any((select ids from assigned)::uuid[]) offset 0))`;
}

/** What a change would cost in this app. */
export type Cost = {
  /** Who has access and would lose it. */
  losing: number;
  /** Who is in scope, with those who are about to leave it; counted only where it can matter. */
  inScope: number;
  percent: number;
  holdAll: boolean;
};

// The people in scope are counted only when so many lose access that the share of them can decide.
const COST: NamedStatement<Cost> = {
  name: "cost-of-expansion",
  text: `
with ${LOSING}, count as materialized (
  select count(*) as losing from losing
)
select count.losing, e.guard_percent as percent, e.hold_all as "holdAll", case
  when e.judged then (select count(*) from accounts where tenant_id = $1 and connection_id = $2 and remote_id is not null
    and applied ->> 'active' is distinct from 'false')
  when count.losing > $4 or e.hold_all then count.losing + (
    select count(*) from accounts a cross join lateral (select active, deleted_at from users where tenant_id = $1 and id = a.user_id offset 0) u
    where a.tenant_id = $1 and a.connection_id = $2 and u.active and u.deleted_at is null and ${inScope("a.user_id")}) else count.losing end as "inScope"
from count, expansion e`,
};

/** Counts what an unjudged expansion would cost; undefined when somebody has judged it meanwhile. */
export async function costOfExpansion(
  tx: Statements,
  lane: LaneRef,
  expansionId: string,
  always: number,
): Promise<Cost | undefined> {
  const [row] = await tx.named(COST, [lane.tenantId, lane.connectionId, expansionId, always]);
  return row;
}

// Accounts that only waited for a judgement look again by themselves. Rejections that the change ends are over either way.
const PASS: NamedStatement<{ id: string }> = {
  name: "pass-expansion",
  text: `
with ${LOSING}, over as (
  delete from held_removals h where h.tenant_id = $1 and h.connection_id = $2 and h.state = 'rejected'
    and h.user_id = any(array(select user_id from losing))
), ${FORGET_LOSSES}
update expansions set guard = null where tenant_id = $1 and connection_id = $2 and id = $3 and guard is not null returning id`,
};

/** Lets the removals of an expansion go out. */
export async function passExpansion(tx: Statements, lane: LaneRef, expansion: Expansion): Promise<void> {
  await tx.named(PASS, [lane.tenantId, lane.connectionId, expansion.id]);
}

const HOLD: NamedStatement<{ people: number; cause: string; subject: string | null }> = {
  name: "hold-expansion",
  text: `
with ${LOSING}, ${FORGET_LOSSES}, judged_now as (
  update expansions x set guard = null from expansion e
  where x.tenant_id = $1 and x.connection_id = $2 and x.id = $3 and x.guard is not null returning x.id
), held as (
  insert into holds (tenant_id, connection_id, id, cause, actor, subject, at, people, in_scope, threshold, incomplete, expires_at)
  select $1, $2, $4, e.cause, coalesce(e.actor, 'system'), e.subject, e.created_at, (select count(*) from losing), $5, $6, e.hold_all, now() + $7 * interval '1 day'
  from expansion e, judged_now
  returning id, people, cause, subject, expires_at
), people as (
  insert into held_removals (tenant_id, connection_id, user_id, hold_id)
  select $1, $2, l.user_id, held.id from losing l, held order by l.user_id
  on conflict (tenant_id, connection_id, user_id) do update set hold_id = excluded.hold_id, state = 'held'
), watched as (
  update lanes set hold_expires_at = least(lanes.hold_expires_at, held.expires_at) from held where connection_id = $2
), audited as (
  insert into audit (tenant_id, id, actor, action, target) select $1, $8, 'system', 'guard.hold', id::text from held
)
select people, cause, subject from held`,
};

/** Holds the removals of an expansion under a new hold; undefined when somebody has judged it meanwhile. */
export async function holdExpansion(
  tx: Statements,
  lane: LaneRef,
  hold: { expansionId: string; id: string; inScope: number; threshold: number; days: number },
): Promise<{ people: number; cause: string; subject: string | null } | undefined> {
  const [row] = await tx.named(HOLD, [
    lane.tenantId,
    lane.connectionId,
    hold.expansionId,
    hold.id,
    hold.inScope,
    hold.threshold,
    hold.days,
    auditId(),
  ]);
  return row;
}
