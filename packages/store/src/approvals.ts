import type { LaneRef } from "./accounts.ts";
import type { ApprovalAction, ApprovalState, AskedChange } from "./approval-tables.ts";
import { type Actor, auditId } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { fence } from "./fence.ts";
import type { LaneKey } from "./lanes.ts";
import type { TenantId } from "./tables.ts";

/** What is asked about an account, and what was decided about exactly that. */
export type StoredApproval = {
  id: string;
  action: ApprovalAction;
  content: unknown;
  state: ApprovalState;
  decidedBy: string | null;
};

const GET: NamedStatement<StoredApproval & { userId: string }> = {
  name: "get-approvals",
  text: `
select a.user_id as "userId", a.id, a.action, a.content, a.state, a.decided_by as "decidedBy" from unnest($3::uuid[]) as wanted(user_id)
cross join lateral (select * from approvals where tenant_id = $1 and connection_id = $2 and user_id = wanted.user_id offset 0) a`,
};

/** Reads what is asked about these people's accounts. Read it after the claim: whoever decides raises the generation. */
export async function getApprovals(
  tx: Statements,
  lane: LaneKey,
  userIds: readonly string[],
): Promise<Map<string, StoredApproval>> {
  if (userIds.length === 0) return new Map();
  const rows = await tx.named(GET, [lane.tenantId, lane.connectionId, userIds]);
  return new Map(rows.map(({ userId, ...approval }) => [userId, approval]));
}

/** A step that somebody has to approve. */
export type AskedStep = {
  userId: string;
  id: string;
  action: ApprovalAction;
  content: unknown;
  changes: readonly AskedChange[];
};

const RECORD: NamedStatement<object> = {
  name: "record-approvals",
  text: `
with ${fence("$2", "$3")}, over as (
  delete from approvals a using fence, unnest($5::uuid[], $6::uuid[]) as o(user_id, id)
  where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = o.user_id and a.id = o.id
)
insert into approvals as a (tenant_id, connection_id, user_id, id, action, content, changes)
select $1, $2, s."userId", s.id, s.action, s.content, s.changes
from jsonb_to_recordset($4::jsonb) as s("userId" uuid, id uuid, action text, content jsonb, changes jsonb), fence
order by s."userId"
-- The same step keeps what was decided about it and how long it has waited; another is asked anew.
on conflict (tenant_id, connection_id, user_id) do update set (id, action, content, changes, asked_at, state, decided_by, decided_at) = (
  select case when same then a.id else excluded.id end, excluded.action, excluded.content, excluded.changes, case when same then a.asked_at else now() end,
    case when same then a.state else 'waiting' end, case when same then a.decided_by end, case when same then a.decided_at end
  from (select a.action = excluded.action and a.content = excluded.content as same) s)
where a.action <> excluded.action or a.content <> excluded.content or a.changes <> excluded.changes`,
};

/** Notes which steps wait and which wait no longer, only while this holder's epoch still stands. */
export async function recordApprovals(
  tx: Statements,
  lane: LaneRef,
  input: { asked: readonly AskedStep[]; over: readonly { userId: string; id: string }[] },
): Promise<void> {
  await tx.named(RECORD, [
    lane.tenantId,
    lane.connectionId,
    lane.epoch,
    JSON.stringify(input.asked),
    input.over.map(({ userId }) => userId),
    input.over.map(({ id }) => id),
  ]);
}

export type ApprovalRecord = {
  id: string;
  userId: string;
  userName: string;
  displayName: string | null;
  action: ApprovalAction;
  changes: AskedChange[];
  state: ApprovalState;
  askedAt: Date;
  decidedBy: string | null;
  decidedAt: Date | null;
};

const LIST: NamedStatement<ApprovalRecord> = {
  name: "list-approvals",
  text: `
select a.id, a.user_id as "userId", u.user_name as "userName", u.attributes ->> 'displayName' as "displayName", a.action, a.changes, a.state,
  a.asked_at as "askedAt", a.decided_by as "decidedBy", a.decided_at as "decidedAt"
from (select * from approvals where tenant_id = $1 and connection_id = $2 and state = $3 and ($4::text is null or action = $4)
    and ($5::uuid is null or id > $5) order by id limit $6) a
cross join lateral (select user_name, attributes from users where tenant_id = $1 and id = a.user_id offset 0) u order by a.id`,
};

/** Lists what is asked about a connection's accounts, in the order of asking; `after` is the id of the last one already seen. */
export async function listApprovals(
  tx: Statements,
  lane: LaneKey,
  page: { state: ApprovalState; action: ApprovalAction | undefined; after: string | undefined; limit: number },
): Promise<ApprovalRecord[]> {
  const { state, action = null, after = null, limit } = page;
  return await tx.named(LIST, [lane.tenantId, lane.connectionId, state, action, after, limit]);
}

// A moment is told in milliseconds: whatever was asked within the one that is named had been asked by then.
const ASKED_UP_TO: NamedStatement<{ id: string }> = {
  name: "approvals-asked-up-to",
  text: `
select id from approvals where tenant_id = $1 and connection_id = $2 and state = 'waiting' and date_trunc('milliseconds', asked_at) <= $3 and ($4::text is null or action = $4)
order by id limit $5`,
};

/** Names what has waited since a moment or longer, at most `limit` of it. */
export async function listAskedUpTo(
  tx: Statements,
  lane: LaneKey,
  input: { upTo: Date; action: ApprovalAction | undefined; limit: number },
): Promise<string[]> {
  const values = [lane.tenantId, lane.connectionId, input.upTo, input.action ?? null, input.limit];
  return (await tx.named(ASKED_UP_TO, values)).map(({ id }) => id);
}

// The generation rises, so that a worker which read the account before leaves it due (house trap 3).
const DECIDE: NamedStatement<{ id: string; removal: boolean }> = {
  name: "decide-approvals",
  text: `
with picked as materialized (
  select a.user_id, a.id, a.action in ('deactivate', 'delete') as removal, w.audit_id
  from approvals a join unnest($3::uuid[], $4::uuid[]) as w(id, audit_id) on w.id = a.id
  where a.tenant_id = $1 and a.connection_id = $2 and a.state <> $5 order by a.user_id for update of a
), decided as (
  update approvals a set state = $5, decided_by = $6, decided_at = now() from picked p
  where a.tenant_id = $1 and a.connection_id = $2 and a.user_id = p.user_id
), due as (
  insert into accounts as a (tenant_id, connection_id, user_id) select $1, $2, user_id from picked order by user_id
  on conflict (tenant_id, connection_id, user_id) do update set desired_generation = a.desired_generation + 1, due_at = now(), state = 'pending', reason = null,
    trace_id = nullif(current_setting('muster.trace_id', true), '')::uuid
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, bool_or(removal) from picked having count(*) > 0
), audited as (
  insert into audit (tenant_id, id, actor, action, target) select $1, audit_id, $6, $7, user_id::text from picked
)
select id, removal from picked`,
};

const ACTIONS = { approved: "approval.approve", rejected: "approval.reject" } as const;

/** Decides about steps by their ids, each with its audit row, and makes their accounts due; answers which there were, that were not decided so already. */
export async function decideApprovals(
  tx: Statements,
  lane: LaneKey,
  input: { ids: readonly string[]; state: keyof typeof ACTIONS; actor: Actor },
): Promise<{ ids: string[]; removal: boolean }> {
  const { ids, state, actor } = input;
  const audits = ids.map(() => auditId());
  const rows = await tx.named(DECIDE, [lane.tenantId, lane.connectionId, ids, audits, state, actor, ACTIONS[state]]);
  return { ids: rows.map(({ id }) => id), removal: rows.some(({ removal }) => removal) };
}

/** How many steps of a connection wait, since when, and how many were rejected and would otherwise be taken. */
export type ApprovalCounts = { waiting: number; waitingSince: Date | null; rejected: number };

const COUNT: NamedStatement<ApprovalCounts> = {
  name: "count-approvals",
  text: `
select count(*) filter (where state = 'waiting') as waiting, min(asked_at) filter (where state = 'waiting') as "waitingSince",
  count(*) filter (where state = 'rejected') as rejected
from approvals where tenant_id = $1 and connection_id = $2`,
};

/** Counts what is asked about a connection's accounts. */
export async function countApprovals(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<ApprovalCounts> {
  const [row] = await tx.named(COUNT, [tenantId, connectionId]);
  return row ?? { waiting: 0, waitingSince: null, rejected: 0 };
}
