import type { Attributes } from "@muster/scim";
import type { NamedStatement, Statements, Tx } from "./database.ts";
import { fence } from "./fence.ts";
import type { AccountState, OnLeave, RemovalAction, RemovalConfirmation, TenantId } from "./tables.ts";
import { TELL_ACCOUNTS } from "./tell-accounts.ts";
import type { AttemptExchange } from "./trace-tables.ts";

export type LaneRef = { tenantId: TenantId; connectionId: string; epoch: number };

/** After this many crashes with the same account in flight it is set aside, so that the lane goes on (F40). */
export const MAX_CRASHES = 3;

const TAKE_OVER: NamedStatement<{ user_id: string }> = {
  name: "take-over-accounts",
  text: `
update accounts set in_flight_epoch = null, verify = true, crashes = crashes + 1, updated_at = now(),
  lookups = greatest(lookups, 2), twin_since = now(),
  state = case when crashes + 1 >= ${MAX_CRASHES} then 'stopped' else 'pending' end,
  reason = case when crashes + 1 >= ${MAX_CRASHES} then 'The worker ended ' || (crashes + 1) || ' times while this account was in flight' end,
  due_at = case when crashes + 1 >= ${MAX_CRASHES} then now() + interval '1 day' else now() end
where tenant_id = $1 and connection_id = $2 and in_flight_epoch < $3
returning user_id`,
};

/**
 * Closes the in-flight marks that an earlier holder of the lane left open: those accounts are verified by reading back.
 * The old holder's requests have passed their deadline by now, because a lease outlives any request made under it; so
 * one look-up that finds nothing is enough (lookups = 2) before an account is created again. A holder that was frozen between
 * its last look at the lease and the sending is bound by no deadline: what it may still create is watched for (twin_since).
 */
export async function takeOverAccounts(tx: Statements, lane: LaneRef): Promise<number> {
  const rows = await tx.named(TAKE_OVER, [lane.tenantId, lane.connectionId, lane.epoch]);
  return rows.length;
}

/** What became of one claimed account. All fields are the account's new values. */
export type AccountOutcome = {
  userId: string;
  generation: number;
  /** True when the app now is as desired at `generation`. */
  settled: boolean;
  state: AccountState;
  reason: string | null;
  /** Milliseconds until the account is looked at again, or null for "when something changes". */
  dueInMs: number | null;
  remoteId: string | null;
  remoteUserNameKey: string | null;
  applied: Attributes | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  /** Whether the account belongs to somebody who has left; null when that was not looked at. */
  left?: boolean | null;
  /** A create was left behind whose end nobody knows. */
  twin?: boolean;
  /** Nothing is sent for them until a seat is free. */
  waits?: boolean;
  /** Milliseconds since the app answered 2xx to a removal; null or left out when it did not just now. */
  pushedMsAgo?: number | null;
  removed?: RemovalEntry | null;
};

/** A removal that the app has done, as it is kept for its receipt. */
export type RemovalEntry = {
  id: string;
  userName: string;
  externalId: string | null;
  remoteId: string;
  action: RemovalAction;
  confirmation: RemovalConfirmation;
  onLeave: OnLeave;
  deleteAfterDays: number | null;
  /** Milliseconds since it was read back. */
  confirmedMsAgo: number;
};

/** One call as the list of attempts shows it. */
export type AttemptEntry = {
  id: string;
  /** Null for a probe, which is about the app as a whole, and for a call about a group. */
  userId: string | null;
  groupId?: string;
  traceId: string;
  startedAt: Date;
  operation: string;
  outcome: string;
  status: number | null;
  detail: string | null;
  durationMs: number;
  /** What follows from it, for the account. */
  decision: string;
  /** Milliseconds until the account is looked at again; null for "when something changes". */
  retryInMs: number | null;
  generation: number;
  number: number;
  /** What went over the wire, masked; null where it was not kept. */
  exchanges: readonly AttemptExchange[] | null;
};

/** The insert of attempts, that are the JSON of this parameter; more may follow the list of its tables. */
export const insertAttemptsText = (
  attempts: string,
): string => `insert into attempts (tenant_id, connection_id, id, user_id, operation, outcome, status, detail, duration_ms, decision, generation, number,
    group_id, trace_id, started_at, retry_at, exchanges)
  select $1, $2, t.id, t."userId", t.operation, t.outcome, t.status, t.detail, t."durationMs", t.decision, t.generation, t.number,
    t."groupId", t."traceId", t."startedAt", now() + t."retryInMs" * interval '1 millisecond', nullif(t.exchanges, 'null'::jsonb)
  from jsonb_to_recordset(${attempts}::jsonb) as t(id uuid, "userId" uuid, "groupId" uuid, operation text, outcome text, status integer, detail text,
    "durationMs" integer, decision text, generation bigint, number integer, "traceId" uuid, "startedAt" timestamptz, "retryInMs" float8, exchanges jsonb)`;

const OUTCOME = `"userId" uuid, generation bigint, settled boolean, state text, reason text, "dueInMs" float8, "remoteId" text,
    "remoteUserNameKey" text, applied jsonb, verify boolean, lookups integer, attempts integer, "left" boolean, twin boolean, waits boolean, "pushedMsAgo" float8, removed jsonb`;

// An upsert of rows that are there, like the claim (ADR 0040). `$4` has the outcomes by user, so that each row finds its own.
const RECORD: NamedStatement<{ held: boolean }> = {
  name: "record-outcomes",
  text: `
with ${fence("$2", "$3")}, outcome as (
  select o.* from jsonb_each($4::jsonb) as each cross join lateral jsonb_to_record(each.value) as o(${OUTCOME})
), recorded as (
  insert into accounts as a (tenant_id, connection_id, user_id)
  select $1, $2, o."userId" from outcome o cross join lateral (select from accounts where tenant_id = $1 and connection_id = $2 and user_id = o."userId" offset 0) is_there, fence
  on conflict (tenant_id, connection_id, user_id) do update set (applied_generation, state, reason, due_at, removal, removal_since, remote_id,
      remote_user_name_key, applied, verify, lookups, attempts, removal_pushed_at, linked_at, twin_since, seated, waits_since, left_at, in_flight_epoch, crashes, updated_at) = (
    select
      case when o.settled then o.generation else a.applied_generation end,
      case when a.desired_generation > o.generation then 'pending' else o.state end,
      o.reason,
      case when a.desired_generation > o.generation then now() else now() + o."dueInMs" * interval '1 millisecond' end,
      case when a.desired_generation > o.generation or not o.settled then a.removal else false end,
      case when a.desired_generation > o.generation or not o.settled then a.removal_since end,
      o."remoteId",
      -- What was taken over and not looked at yet has the name that it had.
      case when o."remoteId" = a.remote_id and nullif(o.applied, 'null'::jsonb) is null then a.remote_user_name_key else o."remoteUserNameKey" end,
      nullif(o.applied, 'null'::jsonb),
      case when a.desired_generation > o.generation then a.verify or o.verify else o.verify end,
      o.lookups,
      o.attempts,
      case when o.settled then null else coalesce(now() - o."pushedMsAgo" * interval '1 millisecond', a.removal_pushed_at) end,
      case when o."remoteId" is null then null when o."remoteId" is distinct from a.remote_id then now() else a.linked_at end,
      case when o.twin then now() else a.twin_since end,
      -- A seat is kept while somebody is let in, and by whoever had an account that is gone and is made again.
      not o.settled and (o.state in ('pending', 'failing') or o.verify)
        and (a.seated or (o."remoteId" is null and a.remote_id is not null and a.applied ->> 'active' is distinct from 'false')),
      case when o.waits then coalesce(a.waits_since, now()) when not o.settled and o.state in ('pending', 'failing') then a.waits_since end,
      case when o."left" then coalesce(a.left_at, now()) when o."left" is null then a.left_at end,
      null::bigint, 0, now()
    from jsonb_to_record($4::jsonb -> a.user_id::text) as o(${OUTCOME}))
), removed as (
  -- The account is read as it was before this statement. The clock never runs backwards, whatever two machines think the time is.
  insert into removals (tenant_id, connection_id, id, user_id, user_name, external_id, remote_id, action, confirmation, on_leave, delete_after_days,
    generation, epoch, accepted_at, pushed_at, confirmed_at)
  select $1, $2, r.id, o."userId", r."userName", r."externalId", r."remoteId",
    case when r.action <> 'found' or p.pushed_at is null then r.action when r.confirmation = 'absent' then 'deleted' else 'deactivated' end,
    r.confirmation, r."onLeave", r."deleteAfterDays", o.generation, $3, was.removal_since, greatest(p.pushed_at, was.removal_since),
    case when r.confirmation <> 'none' then greatest(now() - r."confirmedMsAgo" * interval '1 millisecond', p.pushed_at, was.removal_since) end
  from outcome o cross join lateral jsonb_to_record(o.removed) as r(id uuid, "userName" text, "externalId" text, "remoteId" text, action text,
      confirmation text, "onLeave" text, "deleteAfterDays" integer, "confirmedMsAgo" float8)
    cross join lateral (select removal_since, removal_pushed_at from accounts
      where tenant_id = $1 and connection_id = $2 and user_id = o."userId" offset 0) was
    cross join lateral (select coalesce(now() - o."pushedMsAgo" * interval '1 millisecond', was.removal_pushed_at) as pushed_at) p, fence
  where jsonb_typeof(o.removed) = 'object'
), attempted as (
  ${insertAttemptsText("$5")}, fence
), ${TELL_ACCOUNTS}
select exists (select 1 from fence) as held`,
};

/**
 * Records a batch, only while this holder's epoch still stands; false means the fence refused and nothing was recorded.
 * A change that arrived meanwhile (a higher desired generation) leaves the account due.
 */
export async function recordOutcomes(
  tx: Statements,
  lane: LaneRef,
  outcomes: readonly AccountOutcome[],
  attempts: readonly AttemptEntry[],
): Promise<boolean> {
  const [row] = await tx.named(RECORD, [
    lane.tenantId,
    lane.connectionId,
    lane.epoch,
    JSON.stringify(Object.fromEntries(outcomes.map((outcome) => [outcome.userId, outcome]))),
    JSON.stringify(attempts),
  ]);
  return row?.held === true;
}

const HASTEN: NamedStatement<{ user_id: string }> = {
  name: "hasten-accounts",
  text: `
update accounts set due_at = now()
where tenant_id = $1 and connection_id = $2 and due_at > now() and (removal or state = 'failing')
returning user_id`,
};

/** Makes due what waits for another try, once the app that failed it works again. */
export async function hastenAccounts(tx: Statements, lane: LaneRef): Promise<void> {
  await tx.named(HASTEN, [lane.tenantId, lane.connectionId]);
}

const DISTRUST: NamedStatement<{ user_id: string }> = {
  name: "distrust-accounts",
  text: `
with distrusted as (
  update accounts set verify = true, desired_generation = desired_generation + 1, due_at = now(), twin_since = now()
  where tenant_id = $1 and connection_id = $2 and user_id = any(array(
    select unnest($3::uuid[])
    union select user_id from accounts where tenant_id = $1 and connection_id = $2 and remote_id = any($4::text[])))
  returning user_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) values ($1, $2, false)
)
select user_id from distrusted`,
};

/**
 * Called by a worker that the fence refused after it had talked to the app: whatever the new holder does or did, these
 * accounts are read back once more, so that a late write never has the last word (F04). So are those of whoever is linked by
 * now to what was talked about: somebody may have taken an account over meanwhile.
 */
export async function distrustAccounts(
  tx: Statements,
  lane: LaneRef,
  touched: { userIds: readonly string[]; remoteIds: readonly string[] },
): Promise<void> {
  await tx.named(DISTRUST, [lane.tenantId, lane.connectionId, touched.userIds, touched.remoteIds]);
}

const RELEASE_LINK: NamedStatement<{ name_key: string | null }> = {
  name: "release-link",
  text: `
with ${fence("$2", "$3")}
update accounts set remote_id = null, remote_user_name_key = null, applied = null, updated_at = now(),
  -- One that was to be looked at still is: the link may have been dead, and what the app really has another account.
  state = case when verify or twin_since is not null then 'pending' else 'synced' end, due_at = case when verify or twin_since is not null then now() end,
  applied_generation = case when verify then applied_generation else desired_generation end,
  removal = removal and verify, removal_since = case when verify then removal_since end,
  reason = 'The account was taken over by the person who has this userName now'
from fence where tenant_id = $1 and accounts.connection_id = $2 and user_id = $4 and remote_id = $5
  and accounts.in_flight_epoch is null
returning (select was.remote_user_name_key from accounts was where was.tenant_id = $1 and was.connection_id = $2 and was.user_id = $4) as name_key`,
};

// A statement of its own: within one, the index of remote ids would see two accounts with the same.
const TAKE_LINK: NamedStatement<{ user_id: string }> = {
  name: "take-link",
  text: `
update accounts set remote_id = $4, remote_user_name_key = $5, applied = null, verify = true, updated_at = now()
where tenant_id = $1 and connection_id = $2 and user_id = $3 and remote_id is null
returning user_id`,
};

/**
 * Moves the link of a tombstone's account to the person who takes it over, so that the old person's late work cannot touch
 * it (house trap 6), with the name that it holds in the app. In one transaction, because a link that nobody has is an account that
 * nobody may touch.
 */
export async function moveLink(
  tx: Tx,
  lane: LaneRef,
  from: { userId: string; remoteId: string },
  toUserId: string,
): Promise<boolean> {
  const [released] = await tx.named(RELEASE_LINK, [
    lane.tenantId,
    lane.connectionId,
    lane.epoch,
    from.userId,
    from.remoteId,
  ]);
  if (released === undefined) return false;
  const link = [from.remoteId, released.name_key];
  const taken = await tx.last.named(TAKE_LINK, [lane.tenantId, lane.connectionId, toUserId, ...link]);
  if (taken.length === 0) throw new Error(`Account of user ${toUserId} got another link while it was in flight`);
  return true;
}

const NEXT_DUE: NamedStatement<{
  due_in_ms: number | null;
  removal: boolean | null;
  removal_age_ms: number | null;
  expanding: boolean;
}> = {
  name: "next-due",
  text: `
select extract(epoch from least((select min(due_at) from accounts where tenant_id = $1 and connection_id = $2 and due_at is not null and removal),
    (select min(due_at) from accounts where tenant_id = $1 and connection_id = $2 and due_at is not null and not removal),
    (select due_at from comparisons where tenant_id = $1 and connection_id = $2 and state = 'running'),
    (select min(due_at) from remote_groups where tenant_id = $1 and connection_id = $2 and due_at is not null)) - now())::float8 * 1000 as due_in_ms,
  exists (select 1 from accounts where tenant_id = $1 and connection_id = $2 and due_at <= now() and removal) as removal,
  extract(epoch from now() - (select min(removal_since) from accounts
    where tenant_id = $1 and connection_id = $2 and removal_since is not null and state <> 'held'))::float8 * 1000 as removal_age_ms,
  exists (select 1 from expansions where tenant_id = $1 and connection_id = $2)
    or exists (select 1 from remote_group_marks where tenant_id = $1 and connection_id = $2) as expanding`,
};

/** What a lane has left to do. */
export type NextDue = {
  /** Milliseconds from now by the database's clock; null for nothing. */
  dueInMs: number | null;
  /** A removal is due now. */
  removal: boolean;
  /** How long the oldest removal has waited that nobody holds back on purpose. */
  removalAgeMs: number | null;
};

/** When the lane has work next, by the database's clock. */
export async function nextDue(tx: Statements, tenantId: TenantId, connectionId: string): Promise<NextDue> {
  const [row] = await tx.named(NEXT_DUE, [tenantId, connectionId]);
  if (row === undefined) throw new Error("An aggregate must return a row");
  const removals = { removal: row.removal === true, removalAgeMs: row.removal_age_ms };
  if (row.expanding) return { dueInMs: 0, ...removals };
  return { dueInMs: row.due_in_ms === null ? null : Math.max(0, row.due_in_ms), ...removals };
}
