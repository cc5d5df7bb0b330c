import { type AttemptEntry, insertAttemptsText, type LaneRef } from "./accounts.ts";
import type { NamedStatement, Statements, Tx } from "./database.ts";
import { fence } from "./fence.ts";
import type { GroupsOnLeave } from "./remote-group-tables.ts";
import { type PendingMembers, refreshMembers } from "./remote-members.ts";
import type { AccountState, TenantId, UpdateMethod } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";

/** A group that an app found and that somebody may have to decide about. */
export type GroupCandidate = { remoteId: string; displayName: string | null; externalId: string | null };

/** What decides how a connection's groups are pushed. */
export type GroupPolicy = {
  onLeave: GroupsOnLeave;
  mayRename: boolean;
  updateMethod: UpdateMethod;
  foreign: "link" | "ask" | "conflict";
  guardPercent: number;
  /** Members in one request: as set, or as the app was found to take. */
  chunk: number;
  /** The guard has yet to look at a change: nobody is removed from a group until then. */
  unjudged: boolean;
};

/** A group as the worker claimed it. Its marks were taken no later than its members were compared. */
export type ClaimedGroup = {
  groupId: string;
  generation: number;
  /** Its name here; null when the connection shall not push it any more. */
  displayName: string | null;
  remoteId: string | null;
  appliedName: string | null;
  made: boolean;
  former: { remoteId: string; name: string | null } | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  decidedRemoteId: string | null;
  /** Of the newest request that led to this, or of its own. */
  traceId: string;
  pending: PendingMembers;
};

const MAX_CRASHES = 3;

const TAKE_OVER: NamedStatement<{ group_id: string }> = {
  name: "take-over-groups",
  text: `
update remote_groups set in_flight_epoch = null, verify = true, lookups = greatest(lookups, 2), crashes = crashes + 1, updated_at = now(),
  state = case when crashes + 1 >= ${MAX_CRASHES} then 'stopped' else 'pending' end,
  reason = case when crashes + 1 >= ${MAX_CRASHES} then 'The worker ended ' || (crashes + 1) || ' times while this group was in flight' end,
  due_at = case when crashes + 1 >= ${MAX_CRASHES} then now() + interval '1 day' else now() end
where tenant_id = $1 and connection_id = $2 and in_flight_epoch < $3 returning group_id`,
};

const SET_BARRIER: NamedStatement<{ group_id: string }> = {
  name: "set-group-barrier",
  text: `
update remote_groups set barrier = pg_snapshot_xmax(pg_current_snapshot())
where tenant_id = $1 and connection_id = $2 and barrier is null returning group_id`,
};

/** The groups that a connection should push, as common table expressions `c` and `wanted`. */
export const WANTED = `c as materialized (
  select groups_mode, chosen_groups, directory_id from connections where tenant_id = $1 and id = $2
), wanted as materialized (
  select a.group_id from assignments a, c where c.groups_mode = 'assigned' and a.tenant_id = $1 and a.connection_id = $2 and a.group_id is not null
  union
  select g.id from c cross join lateral unnest(c.chosen_groups) as chosen(id) cross join lateral (
    select id from groups where tenant_id = $1 and id = chosen.id and directory_id = c.directory_id offset 0) g
  where c.groups_mode = 'chosen'
)`;

// What should be pushed is compared with what is, at every look: nothing about it has to be marked.
const SYNC: NamedStatement<{ group_id: string }> = {
  name: "sync-groups",
  text: `
with ${WANTED}, fresh as (
  insert into remote_groups (tenant_id, connection_id, group_id) select $1, $2, group_id from wanted order by group_id on conflict do nothing
  returning group_id
), moved as (
  update remote_groups set wanted = not wanted, desired_generation = desired_generation + 1, state = 'pending', due_at = now()
  where tenant_id = $1 and connection_id = $2 and wanted <> (group_id in (select group_id from wanted)) returning group_id
)
select group_id from fresh union all select group_id from moved`,
};

const ABSORB: NamedStatement<{ group_id: string }> = {
  name: "absorb-group-marks",
  text: `
with taken as (
  delete from remote_group_marks where tenant_id = $1 and connection_id = $2 returning id, group_id, trace_id
), newest as (
  select distinct on (group_id) group_id, trace_id from taken order by group_id, trace_id is null, id desc
)
update remote_groups r set desired_generation = desired_generation + 1, due_at = now(), state = 'pending',
  trace_id = (select n.trace_id from newest n where n.group_id = r.group_id)
where tenant_id = $1 and connection_id = $2 and group_id = any(array(select group_id from newest)) returning group_id`,
};

type ClaimedRow = {
  group_id: string;
  desired_generation: number;
  display_name: string | null;
  wanted: boolean;
  remote_id: string | null;
  applied_name: string | null;
  made: boolean;
  former_remote_id: string | null;
  former_name: string | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  decided_remote_id: string | null;
  trace_id: string;
};

// Those to be taken away come first. One that two workers ended with is claimed alone, when nothing else is due.
const CLAIM: NamedStatement<ClaimedRow> = {
  name: "claim-groups",
  text: `
with picked as (
  select group_id from remote_groups where tenant_id = $1 and connection_id = $2 and due_at <= now() and (crashes >= ${MAX_CRASHES - 1}) = $5
    and barrier <= pg_snapshot_xmin(pg_current_snapshot())
    and not exists (select 1 from lanes where connection_id = $2 and (suspended or paused))
  order by wanted, due_at limit $4 for update skip locked
)
update remote_groups r set in_flight_epoch = $3, trace_id = coalesce(r.trace_id, gen_random_uuid()) where r.tenant_id = $1 and r.connection_id = $2 and r.group_id = any(array(select group_id from picked))
returning r.group_id, r.desired_generation, r.wanted, (select g.display_name from groups g where g.tenant_id = $1 and g.id = r.group_id) as display_name,
  r.remote_id, r.applied_name, r.made, r.former_remote_id, r.former_name, r.verify, r.lookups, r.attempts, r.decided_remote_id, r.trace_id`,
};

const WAITING: NamedStatement<{ waiting: boolean }> = {
  name: "groups-wait",
  text: `
select exists (select 1 from remote_groups where tenant_id = $1 and connection_id = $2 and due_at <= now()
  and (barrier is null or barrier > pg_snapshot_xmin(pg_current_snapshot()))) as waiting`,
};

const POLICY: NamedStatement<{
  groups_on_leave: GroupsOnLeave;
  rename_groups: boolean;
  update_method: UpdateMethod;
  adoption: "link" | "refuse";
  adoption_ask: boolean;
  guard_percent: number;
  chunk: number;
  unjudged: boolean;
}> = {
  name: "group-policy",
  text: `
select groups_on_leave, rename_groups, update_method, adoption, adoption_ask, guard_percent, least(member_chunk, member_limit) as chunk,
  exists (select 1 from expansions e where e.tenant_id = $1 and e.connection_id = $2 and e.guard is not null) as unjudged
from connections where tenant_id = $1 and id = $2`,
};

export type ClaimedGroups = {
  policy: GroupPolicy;
  groups: ClaimedGroup[];
  /** Groups wait for writers that began before their rows were seen: look again in a moment. */
  waiting: boolean;
};

/**
 * Brings the list of a connection's groups up to date, takes its marks and claims up to `limit` groups that are due, each
 * with its difference computed. The order matters: marks are taken before members are read, so whatever changes later leaves
 * a mark that is still there.
 */
export async function claimGroups(tx: Tx, lane: LaneRef, limit: number): Promise<ClaimedGroups> {
  const { tenantId, connectionId, epoch } = lane;
  await tx.named(TAKE_OVER, [tenantId, connectionId, epoch]);
  // Those that were seen when they were committed; what the next statement adds gets its barrier at the next look.
  await tx.named(SET_BARRIER, [tenantId, connectionId]);
  await tx.named(SYNC, [tenantId, connectionId]);
  await tx.named(ABSORB, [tenantId, connectionId]);
  const claim = (suspects: boolean) => tx.named(CLAIM, [tenantId, connectionId, epoch, suspects ? 1 : limit, suspects]);
  let rows = await claim(false);
  if (rows.length === 0) rows = await claim(true);
  const [policy] = await tx.named(POLICY, [tenantId, connectionId]);
  if (policy === undefined) throw new Error(`Connection ${connectionId} does not exist`);
  const groups: ClaimedGroup[] = [];
  for (const row of rows) groups.push(await toClaimed(tx, lane, row));
  const [rest] = rows.length > 0 ? [] : await tx.named(WAITING, [tenantId, connectionId]);
  return {
    groups: groups.sort((a, b) => Number(a.displayName !== null) - Number(b.displayName !== null)),
    waiting: rest?.waiting === true,
    policy: {
      onLeave: policy.groups_on_leave,
      mayRename: policy.rename_groups,
      updateMethod: policy.update_method,
      foreign: policy.adoption === "link" ? "link" : policy.adoption_ask ? "ask" : "conflict",
      guardPercent: policy.guard_percent,
      chunk: policy.chunk,
      unjudged: policy.unjudged,
    },
  };
}

async function toClaimed(tx: Statements, lane: LaneRef, row: ClaimedRow): Promise<ClaimedGroup> {
  const displayName = row.wanted ? row.display_name : null;
  const pending = await refreshMembers(tx, lane, { groupId: row.group_id, wanted: displayName !== null });
  return {
    groupId: row.group_id,
    generation: row.desired_generation,
    displayName,
    remoteId: row.remote_id,
    appliedName: row.applied_name,
    made: row.made,
    former: row.former_remote_id === null ? null : { remoteId: row.former_remote_id, name: row.former_name },
    verify: row.verify,
    lookups: row.lookups,
    attempts: row.attempts,
    decidedRemoteId: row.decided_remote_id,
    traceId: toTraceId(row.trace_id) ?? row.trace_id,
    pending,
  };
}

/** What became of one claimed group, or of a step of it. All fields are the group's new values. */
export type GroupOutcome = {
  groupId: string;
  generation: number;
  /** The app's group is as it should be at `generation`. */
  settled: boolean;
  /** The connection has nothing to do with this group any more. */
  forgotten: boolean;
  /** Work on it goes on after this record. */
  inFlight: boolean;
  state: AccountState;
  reason: string | null;
  errorClass: string | null;
  status: number | null;
  dueInMs: number | null;
  remoteId: string | null;
  appliedName: string | null;
  made: boolean;
  former: { remoteId: string; name: string | null } | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  candidates: readonly GroupCandidate[];
  decidedRemoteId: string | null;
};

const RECORD: NamedStatement<{ held: boolean }> = {
  name: "record-group",
  text: `
with ${fence("$2", "$3")}, outcome as (
  select * from jsonb_to_record($4::jsonb) as o("groupId" uuid, generation bigint, settled boolean, forgotten boolean, "inFlight" boolean, state text,
    reason text, "errorClass" text, status integer, "dueInMs" float8, "remoteId" text, "appliedName" text, made boolean, former jsonb,
    verify boolean, lookups integer, attempts integer, candidates jsonb, "decidedRemoteId" text)
), forgotten as (
  delete from remote_groups r using outcome o, fence
  where o.forgotten and not r.wanted and r.tenant_id = $1 and r.connection_id = $2 and r.group_id = o."groupId"
), recorded as (
  update remote_groups r set
    applied_generation = case when o.settled then o.generation else r.applied_generation end,
    state = o.state, reason = o.reason, error_class = o."errorClass", last_status = o.status,
    due_at = now() + o."dueInMs" * interval '1 millisecond',
    remote_id = o."remoteId", applied_name = o."appliedName", made = o.made, former_remote_id = o.former ->> 'remoteId', former_name = o.former ->> 'name',
    verify = o.verify, lookups = o.lookups, attempts = o.attempts, candidates = o.candidates,
    decided_remote_id = case when o."decidedRemoteId" is not null then r.decided_remote_id end,
    in_flight_epoch = case when o."inFlight" then r.in_flight_epoch end,
    crashes = 0, updated_at = now()
  from outcome o, fence where not o.forgotten and r.tenant_id = $1 and r.connection_id = $2 and r.group_id = o."groupId"
), attempted as (
  ${insertAttemptsText("$5")}, fence
)
select exists (select 1 from fence) as held`,
};

/**
 * Records a group, and the calls that were made for it, while this holder's epoch still stands; false means the fence refused
 * and nothing was recorded.
 */
export async function recordGroup(
  tx: Statements,
  lane: LaneRef,
  outcome: GroupOutcome,
  attempts: readonly AttemptEntry[] = [],
): Promise<boolean> {
  const { tenantId, connectionId, epoch } = lane;
  const values = [tenantId, connectionId, epoch, JSON.stringify(outcome), JSON.stringify(attempts)];
  const [row] = await tx.named(RECORD, values);
  return row?.held === true;
}

const DISTRUST: NamedStatement<{ group_id: string }> = {
  name: "distrust-groups",
  text: `
with distrusted as (
  update remote_groups set verify = true where tenant_id = $1 and connection_id = $2 and group_id = any($3::uuid[]) returning group_id
), marked as (
  insert into remote_group_marks (tenant_id, connection_id, group_id) select $1, $2, group_id from distrusted
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) values ($1, $2, false)
)
select group_id from distrusted`,
};

/**
 * Called by a worker that the fence refused after it had talked to the app: these groups are read back once more, whatever
 * the new holder does or did, so that a late write never has the last word (F04).
 */
export async function distrustGroups(tx: Statements, lane: LaneRef, groupIds: readonly string[]): Promise<void> {
  await tx.named(DISTRUST, [lane.tenantId, lane.connectionId, groupIds]);
}

const LINKED_GROUPS: NamedStatement<{ remote_id: string }> = {
  name: "linked-groups",
  text: `
select l.remote_id from unnest($4::text[]) as w(remote_id) cross join lateral (
  select remote_id from remote_groups where tenant_id = $1 and connection_id = $2 and remote_id = w.remote_id and group_id <> $3 offset 0) l`,
};

/** Which of these groups of the app are linked to another group than this one. */
export async function findGroupsLinkedToOthers(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  wanted: { groupId: string; remoteIds: readonly string[] },
): Promise<Set<string>> {
  const rows = await tx.named(LINKED_GROUPS, [tenantId, connectionId, wanted.groupId, wanted.remoteIds]);
  return new Set(rows.map((row) => row.remote_id));
}

const LEARN_LIMIT: NamedStatement<object> = {
  name: "learn-member-limit",
  text: `
update connections set member_limit = least(member_limit, $3) where tenant_id = $1 and id = $2`,
};

/** Remembers how many members the app takes in one request. */
export async function learnMemberLimit(tx: Statements, lane: LaneRef, limit: number): Promise<void> {
  await tx.named(LEARN_LIMIT, [lane.tenantId, lane.connectionId, limit]);
}
