import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { HoldState, TenantId } from "./tables.ts";

/** A cause of removals that waits, or waited, for approval. */
export type HoldRecord = {
  id: string;
  /** Such as "group.delete:<id>". */
  cause: string;
  /** The name of what was changed, where it had one. */
  subject: string | null;
  actor: string;
  at: Date;
  people: number;
  inScope: number;
  threshold: number;
  incomplete: boolean;
  state: HoldState;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
};

const COLUMNS = [
  "id",
  "cause",
  "subject",
  "actor",
  "at",
  "people",
  "in_scope as inScope",
  "threshold",
  "incomplete",
  "state",
  "created_at as createdAt",
  "expires_at as expiresAt",
  "decided_at as decidedAt",
  "decided_by as decidedBy",
] as const;

/** Lists a connection's holds, newest first; `before` is the id of the last one already seen. */
export async function listHolds(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; state?: HoldState | undefined; before: string | undefined; limit: number },
): Promise<HoldRecord[]> {
  let query = tx.sql
    .selectFrom("holds")
    .select(COLUMNS)
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", page.connectionId)
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  if (page.state !== undefined) query = query.where("state", "=", page.state);
  return await tx.run(query);
}

/** Reads one hold; undefined when the connection has none of this id. */
export async function getHold(
  tx: Statements,
  tenantId: TenantId,
  key: { connectionId: string; id: string },
): Promise<HoldRecord | undefined> {
  const [row] = await tx.run(
    tx.sql
      .selectFrom("holds")
      .select(COLUMNS)
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", key.connectionId)
      .where("id", "=", key.id),
  );
  return row;
}

export type HeldPerson = { userId: string; userName: string; displayName: string | null };

const HELD_PEOPLE: NamedStatement<HeldPerson> = {
  name: "held-people",
  text: `
select h.user_id as "userId", u.user_name as "userName", u.attributes ->> 'displayName' as "displayName"
from (
  select user_id from held_removals where tenant_id = $1 and connection_id = $2 and hold_id = $3 and ($4::uuid is null or user_id > $4)
  union
  -- From a group of the app only.
  select user_id from remote_group_members where tenant_id = $1 and connection_id = $2 and hold_id = $3 and guard in ('held', 'kept')
    and ($4::uuid is null or user_id > $4)
  order by user_id limit $5
) h cross join lateral (select user_name, attributes from users where tenant_id = $1 and id = h.user_id offset 0) u order by h.user_id`,
};

/** Lists the people whose removal a hold keeps back, in the order of their ids; nobody once it was approved. */
export async function listHeldPeople(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; holdId: string; after: string | undefined; limit: number },
): Promise<HeldPerson[]> {
  return await tx.named(HELD_PEOPLE, [tenantId, page.connectionId, page.holdId, page.after ?? null, page.limit]);
}

// Everybody concerned is looked at again by an expansion that needs no judgement; whoever is back in scope stays.
const DECIDE: NamedStatement<{ id: string; people: number }> = {
  name: "decide-hold",
  text: `
with decided as (
  update holds set state = $4, decided_at = now(), decided_by = $5
  where tenant_id = $1 and connection_id = $2 and id = $3 and state = 'held' and ($4 <> 'expired' or expires_at <= now())
  returning id, cause, subject
), people as materialized (
  select h.user_id from held_removals h, decided where h.tenant_id = $1 and h.connection_id = $2 and h.hold_id = decided.id
), released as (
  delete from held_removals h using decided
  where $4 = 'approved' and h.tenant_id = $1 and h.connection_id = $2 and h.hold_id = decided.id
), approved as (
  -- Whoever approved the removal of these people is not asked a second time, one by one.
  insert into approvals (tenant_id, connection_id, user_id, id, action, content, state, decided_by, decided_at)
  select $1, $2, p.user_id, gen_random_uuid(), 'delete', '{}', 'approved', $5, now() from people p cross join lateral (
    select approvals from connections where tenant_id = $1 and id = $2 offset 0) c
  where $4 = 'approved' and c.approvals && array['deactivate', 'delete'] order by p.user_id
  on conflict (tenant_id, connection_id, user_id) do update set id = excluded.id, action = excluded.action, content = excluded.content, changes = '[]',
    asked_at = now(), state = 'approved', decided_by = excluded.decided_by, decided_at = now()
), exempted as (
  update held_removals h set state = 'rejected' from decided
  where $4 <> 'approved' and h.tenant_id = $1 and h.connection_id = $2 and h.hold_id = decided.id
), expanded as (
  insert into expansions (tenant_id, connection_id, id, cause, removal, user_ids, actor)
  select $1, $2, gen_random_uuid(), 'hold.' || $4 || ':' || decided.id, $4 = 'approved', (select array_agg(user_id order by user_id) from people), $5
  from decided where exists (select 1 from people)
  returning id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, $4 = 'approved' from expanded
), audited as (
  insert into audit (tenant_id, id, actor, action, target) select $1, gen_random_uuid(), $5, $6, id::text from decided
)
select id, (select count(*) from people) as people from decided`,
};

const ACTIONS = { approved: "hold.approve", rejected: "hold.reject", expired: "hold.expire" } as const;

/**
 * Decides a hold that is undecided and has its people looked at again: approved, their removals go out; rejected or
 * expired, they are exempt. Returns how many people it held, or undefined when it was decided before or does not exist.
 */
export async function decideHold(
  tx: Statements,
  tenantId: TenantId,
  decision: { connectionId: string; id: string; state: keyof typeof ACTIONS; actor: string },
): Promise<number | undefined> {
  const { connectionId, id, state, actor } = decision;
  const [row] = await tx.named(DECIDE, [tenantId, connectionId, id, state, actor, ACTIONS[state]]);
  return row?.people;
}

const LANES_WITH_EXPIRED: NamedStatement<{ tenant_id: TenantId; connection_id: string }> = {
  name: "lanes-with-expired-holds",
  text: "select tenant_id, connection_id from lanes where hold_expires_at <= now() order by hold_expires_at limit $1",
};

/** Before a tenant is known, ids and times only: lanes in which a hold's time is over. */
export async function listLanesWithExpiredHolds(db: Database, limit: number): Promise<LaneKey[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(LANES_WITH_EXPIRED, [limit]));
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}

const OPEN_HOLDS: NamedStatement<{ id: string; over: boolean }> = {
  name: "open-holds",
  text: `
select id, expires_at <= now() as over from holds
where tenant_id = $1 and connection_id = $2 and state = 'held' order by expires_at`,
};
const NEXT_EXPIRY: NamedStatement<{ connection_id: string }> = {
  name: "next-hold-expiry",
  text: `
update lanes set hold_expires_at = (select min(expires_at) from holds where tenant_id = $1 and connection_id = $2 and state = 'held')
where connection_id = $2 and tenant_id = $1 returning connection_id`,
};

/** Ends the holds of a connection whose time is over, as if rejected; returns how many. */
export async function expireHolds(tx: Statements, lane: LaneKey): Promise<number> {
  const open = await tx.named(OPEN_HOLDS, [lane.tenantId, lane.connectionId]);
  const over = open.filter((hold) => hold.over);
  for (const { id } of over)
    await decideHold(tx, lane.tenantId, { connectionId: lane.connectionId, id, state: "expired", actor: "system" });
  await tx.named(NEXT_EXPIRY, [lane.tenantId, lane.connectionId]);
  return over.length;
}
