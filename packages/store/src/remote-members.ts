import type { LaneRef } from "./accounts.ts";
import { auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { fence } from "./fence.ts";

/** Members of a group's difference. */
export type PendingMembers = {
  additions: number;
  /** Those that may go now. */
  removals: number;
  /** Of them, those about whom nobody has decided. */
  losing: number;
  /** Those that the guard keeps for now. */
  guarded: number;
  /** Those whom the app refuses to add or to remove, until they are tried again. */
  parked: number;
};

// The group and whatever is below it; nothing when it is wanted no more.
const PARTS = `
parts as materialized (
  select case when $4::boolean then array(
    select $3::uuid union select group_id from group_ancestors where tenant_id = $1 and ancestor_id = $3) else '{}'::uuid[] end as ids
)`;

// A hash table, whatever the planner believes: IS TRUE keeps it from making a join of it (ADR 0010).
const BELONGS = "(r.remote_id in (select remote_id from accounted)) is true";
const GONE = "(r.remote_id in (select remote_id from accounted)) is not true";

const OWN = "r.tenant_id = $1 and r.connection_id = $2 and r.group_id = $3";

// People first: whoever has no account in the app yet is left out, and marks the group when the account is there.
const REFRESH: NamedStatement<{ changed: number }> = {
  name: "refresh-group-members",
  text: `
with ${PARTS}, people as materialized (
  select distinct m.user_id from parts cross join lateral unnest(parts.ids) as p(id) cross join lateral (
    select user_id from memberships where tenant_id = $1 and group_id = p.id offset 0) m
), accounted as materialized (
  select p.user_id, a.remote_id from people p cross join lateral (
    select remote_id from accounts where tenant_id = $1 and connection_id = $2 and user_id = p.user_id offset 0) a
  where a.remote_id is not null
), come as (
  insert into remote_group_members (tenant_id, connection_id, group_id, remote_id, user_id, state)
  select $1, $2, $3, w.remote_id, w.user_id, 'adding' from accounted w where w.remote_id not in (
    select r.remote_id from remote_group_members r where ${OWN})
  returning 1
), back as (
  update remote_group_members r set state = case r.state when 'removing' then 'applied' else 'adding' end, guard = null, hold_id = null, reason = null, retry_at = null
  where ${OWN} and (r.state = 'removing' or (r.state = 'parked' and r.retry_at <= now())) and ${BELONGS}
  returning 1
), gone as (
  update remote_group_members r set state = 'removing' where ${OWN} and r.state = 'applied' and ${GONE} returning 1
), dropped as (
  delete from remote_group_members r where ${OWN} and r.state in ('adding', 'parked') and ${GONE} returning 1
)
select (select count(*) from come) + (select count(*) from back) + (select count(*) from gone) + (select count(*) from dropped) as changed`,
};

// A removal that a hold of accounts keeps back waits with it: who keeps an account keeps their groups.
const KEPT_PERSON =
  "exists (select 1 from held_removals h where h.tenant_id = $1 and h.connection_id = $2 and h.user_id = r.user_id offset 0)";
const GUARDED = `r.state = 'removing' and (r.guard in ('held', 'kept') or ${KEPT_PERSON})`;
// One that the app has refused to remove is tried again the next day.
const MAY_GO = `r.state = 'removing' and coalesce(r.guard, 'approved') = 'approved' and coalesce(r.retry_at, now()) <= now() and not ${KEPT_PERSON}`;

const PENDING: NamedStatement<PendingMembers> = {
  name: "pending-group-members",
  text: `
select count(*) filter (where r.state = 'adding') as additions, count(*) filter (where ${MAY_GO}) as removals,
  count(*) filter (where ${MAY_GO} and r.guard is null) as losing, count(*) filter (where ${GUARDED}) as guarded,
  count(*) filter (where r.retry_at > now()) as parked
from remote_group_members r where ${OWN} and r.state <> 'applied'`,
};

/** Computes a group's difference anew, as sets, and counts what it comes to. */
export async function refreshMembers(
  tx: Statements,
  lane: LaneRef,
  group: { groupId: string; wanted: boolean },
): Promise<PendingMembers> {
  const key = [lane.tenantId, lane.connectionId, group.groupId];
  await tx.named(REFRESH, [...key, group.wanted]);
  return await countPending(tx, lane, group.groupId);
}

/** Counts what is left of a group's difference. */
export async function countPending(tx: Statements, lane: LaneRef, groupId: string): Promise<PendingMembers> {
  const [row] = await tx.named(PENDING, [lane.tenantId, lane.connectionId, groupId]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  return row;
}

const IN_SCOPE: NamedStatement<{ people: number }> = {
  name: "people-of-groups-in-scope",
  text: `
select count(*) as people from accounts where tenant_id = $1 and connection_id = $2 and remote_id is not null and applied ->> 'active' is distinct from 'false'`,
};

/** How many people the app has by this connection: what a share of them is measured by. */
export async function countLinkedPeople(tx: Statements, lane: LaneRef): Promise<number> {
  const [row] = await tx.named(IN_SCOPE, [lane.tenantId, lane.connectionId]);
  return row?.people ?? 0;
}

const HOLD: NamedStatement<{ people: number }> = {
  name: "hold-group-members",
  text: `
with losing as materialized (
  select r.remote_id, r.user_id from remote_group_members r where ${OWN} and ${MAY_GO} and r.guard is null
), held as (
  insert into holds (tenant_id, connection_id, id, cause, actor, subject, at, people, in_scope, threshold, incomplete, expires_at)
  select $1, $2, $4, $5, 'system', $6, now(), (select count(*) from losing), $7, $8, false, now() + $9 * interval '1 day'
  from lanes where connection_id = $2 and epoch = $11
  returning id, expires_at
), members as (
  update remote_group_members r set guard = 'held', hold_id = held.id from held
  where ${OWN} and r.remote_id = any(array(select remote_id from losing))
), watched as (
  update lanes set hold_expires_at = least(lanes.hold_expires_at, held.expires_at) from held where connection_id = $2
), audited as (
  insert into audit (tenant_id, id, actor, action, target) select $1, $10, 'system', 'guard.hold', id::text from held
)
select (select count(*) from losing) as people from held`,
};

/** Holds every removal of a group that nobody has decided about, under a new hold. */
export async function holdGroupMembers(
  tx: Statements,
  lane: LaneRef,
  hold: {
    groupId: string;
    id: string;
    cause: string;
    subject: string | null;
    inScope: number;
    threshold: number;
    days: number;
  },
): Promise<number> {
  const [row] = await tx.named(HOLD, [
    lane.tenantId,
    lane.connectionId,
    hold.groupId,
    hold.id,
    hold.cause,
    hold.subject,
    hold.inScope,
    hold.threshold,
    hold.days,
    auditId(),
    lane.epoch,
  ]);
  return row?.people ?? 0;
}

const takeText = (which: string): string => `
select r.remote_id from remote_group_members r where ${OWN} and ${which} order by r.remote_id limit $4`;
const TAKE_ADDITIONS: NamedStatement<{ remote_id: string }> = {
  name: "take-group-additions",
  text: takeText("r.state = 'adding'"),
};
const TAKE_REMOVALS: NamedStatement<{ remote_id: string }> = {
  name: "take-group-removals",
  text: takeText(MAY_GO),
};

/** The next members to add to a group, or to remove from it: one chunk of the difference. */
export async function takeMembers(
  tx: Statements,
  lane: LaneRef,
  chunk: { groupId: string; kind: "add" | "remove"; limit: number },
): Promise<string[]> {
  const statement = chunk.kind === "add" ? TAKE_ADDITIONS : TAKE_REMOVALS;
  const rows = await tx.named(statement, [lane.tenantId, lane.connectionId, chunk.groupId, chunk.limit]);
  return rows.map((row) => row.remote_id);
}

const fenced = (work: string): string => `
with ${fence("$2", "$4")}, sent as (
  select w.remote_id from unnest($5::text[]) as w(remote_id), fence
), ${work}
select exists (select 1 from fence) as held`;
const ADDED: NamedStatement<{ held: boolean }> = {
  name: "group-members-added",
  text: fenced(`added as (
  update remote_group_members r set state = 'applied' where ${OWN} and r.state = 'adding' and r.remote_id = any(array(select remote_id from sent)) returning 1
)`),
};
const REMOVED: NamedStatement<{ held: boolean }> = {
  name: "group-members-removed",
  text: fenced(`removed as (
  delete from remote_group_members r where ${OWN} and r.state = 'removing' and r.remote_id = any(array(select remote_id from sent)) returning 1
)`),
};
const PARKED: NamedStatement<{ held: boolean }> = {
  name: "group-member-parked",
  text: fenced(`parked as (
  update remote_group_members r set state = case r.state when 'adding' then 'parked' else r.state end, reason = $6, retry_at = now() + interval '1 day'
  where ${OWN} and r.remote_id = any(array(select remote_id from sent)) returning 1
)`),
};

/**
 * Records what the app has taken of a chunk, while this holder's epoch still stands; false means the fence refused. A member
 * that the app refuses is set aside with its reason and never holds the others.
 */
export async function recordMembers(
  tx: Statements,
  lane: LaneRef,
  chunk: {
    groupId: string;
    kind: "add" | "remove" | "park";
    remoteIds: readonly string[];
    reason?: string;
  },
): Promise<boolean> {
  const key = [lane.tenantId, lane.connectionId, chunk.groupId, lane.epoch, chunk.remoteIds];
  const [row] = await (chunk.kind === "park"
    ? tx.named(PARKED, [...key, chunk.reason ?? null])
    : tx.named(chunk.kind === "add" ? ADDED : REMOVED, key));
  return row?.held === true;
}

// Of what the app listed only accounts of ours count: other members are not ours to touch.
const OBSERVE: NamedStatement<{ held: boolean }> = {
  name: "observe-group-members",
  text: fenced(`had as (
  update remote_group_members r set state = 'applied', reason = null, retry_at = null
  where ${OWN} and r.state in ('adding', 'parked') and r.remote_id = any(array(select remote_id from sent)) returning 1
), lost as (
  delete from remote_group_members r using fence where ${OWN} and r.remote_id not in (select remote_id from sent) and r.state in ('applied', 'removing') returning 1
), met as (
  insert into remote_group_members (tenant_id, connection_id, group_id, remote_id, user_id, state)
  select distinct $1::uuid, $2::uuid, $3::uuid, s.remote_id, a.user_id, 'applied' from sent s cross join lateral (
    select user_id from accounts where tenant_id = $1 and connection_id = $2 and remote_id = s.remote_id offset 0) a
  where not exists (select 1 from remote_group_members r where ${OWN} and r.remote_id = s.remote_id offset 0)
  returning 1
)`),
};

/** Takes over whom the app says it has in a group; the caller computes the difference anew after it. */
export async function observeMembers(
  tx: Statements,
  lane: LaneRef,
  seen: { groupId: string; remoteIds: readonly string[] },
): Promise<boolean> {
  const [row] = await tx.named(OBSERVE, [lane.tenantId, lane.connectionId, seen.groupId, lane.epoch, seen.remoteIds]);
  return row?.held === true;
}

const RESET: NamedStatement<{ held: boolean }> = {
  name: "reset-group-members",
  text: `
with ${fence("$2", "$4")}, reset as (
  delete from remote_group_members r using fence where ${OWN}
)
select exists (select 1 from fence) as held`,
};

/** Forgets who was in a group, because it is gone or another one takes its place: everybody is missing there. */
export async function resetMembers(tx: Statements, lane: LaneRef, groupId: string): Promise<boolean> {
  const [row] = await tx.named(RESET, [lane.tenantId, lane.connectionId, groupId, lane.epoch]);
  return row?.held === true;
}

const FULL: NamedStatement<{ remote_id: string }> = {
  name: "whole-group",
  text: `
select r.remote_id from remote_group_members r where ${OWN} and r.state <> 'parked' and not (${MAY_GO})
union all
select w.remote_id from unnest($4::text[]) as w(remote_id) where not exists (
  select 1 from remote_group_members r where ${OWN} and r.remote_id = w.remote_id offset 0)`,
};

/** Everybody who should be in a group that is replaced as a whole: ours, and those of the app's that are not ours to touch. */
export async function listWholeGroup(
  tx: Statements,
  lane: LaneRef,
  group: { groupId: string; seen: readonly string[] },
): Promise<string[]> {
  const rows = await tx.named(FULL, [lane.tenantId, lane.connectionId, group.groupId, group.seen]);
  return rows.map((row) => row.remote_id);
}
