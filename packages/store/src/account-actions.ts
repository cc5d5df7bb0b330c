import { type Attributes, foldCase } from "@muster/scim";
import type { ClaimedAccount } from "./claim-accounts.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { AccountState, TenantId } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";

type AccountKey = { connectionId: string; userId: string };

const RUNG = `rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select distinct $1::uuid, $2::uuid, removal from marked
)`;

const RETRY_ACCOUNT: NamedStatement<{ removal: boolean }> = {
  name: "retry-account",
  text: `
with marked as (
  update accounts set due_at = now(), state = 'pending' where tenant_id = $1 and connection_id = $2 and user_id = $3 returning removal
), ${RUNG}
select removal from marked`,
};

/** Makes one account due now, whatever it waits for; answers whether it is a removal, or undefined when there is no such account. */
export async function retryAccount(
  tx: Statements,
  tenantId: TenantId,
  { connectionId, userId }: AccountKey,
): Promise<{ removal: boolean } | undefined> {
  const [row] = await tx.named(RETRY_ACCOUNT, [tenantId, connectionId, userId]);
  return row;
}

// The kind of an account's last failure is told by its last attempt, read by key for each failing account.
const REDRIVE: NamedStatement<{ redriven: number }> = {
  name: "redrive-accounts",
  text: `
with failed as (
  select a.user_id from (
    select user_id, updated_at from accounts where tenant_id = $1 and connection_id = $2 and state in ('failing', 'stopped') offset 0) a
  left join lateral (
    select at, case when decision = 'conflict' then decision when outcome = 'ok' then 'mismatch' else outcome end as class
    from attempts where tenant_id = $1 and user_id = a.user_id and connection_id = $2 order by id desc limit 1) last on true
  where coalesce(last.at, a.updated_at) >= $3 and ($4::text[] is null or coalesce(last.class, 'refused') = any($4))
), marked as (
  update accounts set due_at = now(), state = 'pending'
  where tenant_id = $1 and connection_id = $2 and user_id = any(array(select user_id from failed order by user_id))
  returning removal
), ${RUNG}
select count(*) as redriven from marked`,
};

/** Makes due what failed last since a time, and in one of these ways where any are named, in one statement; answers how many. */
export async function redriveAccounts(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  failed: { since: Date; classes: readonly string[] | null },
): Promise<number> {
  const [row] = await tx.named(REDRIVE, [tenantId, connectionId, failed.since, failed.classes]);
  return row?.redriven ?? 0;
}

// Before everything that is due by itself; removals of others still go first.
const FIRST = "timestamptz '2000-01-01'";

const MARK_FIRST: NamedStatement<{ generation: number; marked_at: Date; removal: boolean }> = {
  name: "mark-first",
  text: `
with marked as (
  insert into accounts (tenant_id, connection_id, user_id, due_at) values ($1, $2, $3, ${FIRST})
  on conflict (tenant_id, connection_id, user_id) do update
    set desired_generation = accounts.desired_generation + 1, due_at = ${FIRST}, state = 'pending', updated_at = now(), trace_id = excluded.trace_id
  returning desired_generation, updated_at, removal
), ${RUNG}
select desired_generation as generation, updated_at as marked_at, removal from marked`,
};

/** Puts one person's account first in its lane, and makes it where there was none; what was not settled by this generation was not done. */
export async function markFirst(
  tx: Statements,
  tenantId: TenantId,
  { connectionId, userId }: AccountKey,
): Promise<{ generation: number; markedAt: Date; removal: boolean }> {
  const [row] = await tx.named(MARK_FIRST, [tenantId, connectionId, userId]);
  if (row === undefined) throw new Error("An upsert must return its row");
  return { generation: row.generation, markedAt: row.marked_at, removal: row.removal };
}

export type WorkedAccount = {
  /** The lane has recorded something about it since the mark. */
  worked: boolean;
  settled: boolean;
  state: AccountState;
  reason: string | null;
  remoteId: string | null;
  nextAttemptAt: Date | null;
};

const SEE_WORK: NamedStatement<{
  worked: boolean;
  settled: boolean;
  state: AccountState;
  reason: string | null;
  remote_id: string | null;
  due_at: Date | null;
}> = {
  name: "see-work",
  text: `
select applied_generation >= $4 or (in_flight_epoch is null and updated_at > $5 and (state <> 'pending' or due_at is null or due_at > now())) as worked,
  applied_generation >= $4 as settled, state, reason, remote_id, due_at
from accounts where tenant_id = $1 and connection_id = $2 and user_id = $3`,
};

/** Tells whether a marked account was worked on since, and what came of it. */
export async function seeWork(
  tx: Statements,
  tenantId: TenantId,
  key: AccountKey,
  mark: { generation: number; markedAt: Date },
): Promise<WorkedAccount | undefined> {
  const values = [tenantId, key.connectionId, key.userId, mark.generation, mark.markedAt];
  const [row] = await tx.named(SEE_WORK, values);
  if (row === undefined) return undefined;
  const { worked, settled, state, reason, remote_id: remoteId, due_at: nextAttemptAt } = row;
  return { worked, settled, state, reason, remoteId, nextAttemptAt };
}

const READ_ACCOUNTS: NamedStatement<{
  user_id: string;
  desired_generation: number;
  removal: boolean;
  remote_id: string | null;
  applied: Attributes | null;
  verify: boolean;
  lookups: number;
  attempts: number;
  left_for_ms: number | null;
  twin_for_ms: number | null;
  linked_for_ms: number | null;
  trace_id: string | null;
  seated: boolean;
  waits: boolean;
}> = {
  name: "read-accounts",
  text: `
select user_id, desired_generation, removal, remote_id, applied, verify, lookups, attempts,
  (extract(epoch from now() - left_at) * 1000)::float8 as left_for_ms, (extract(epoch from now() - twin_since) * 1000)::float8 as twin_for_ms,
  (extract(epoch from now() - linked_at) * 1000)::float8 as linked_for_ms, trace_id, seated, waits_since is not null as waits
from accounts where tenant_id = $1 and connection_id = $2 and user_id = any($3::uuid[])`,
};

/** Reads accounts as a claim would bring them, and claims nothing. */
export async function readAccounts(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  userIds: readonly string[],
): Promise<Map<string, ClaimedAccount>> {
  const rows = await tx.named(READ_ACCOUNTS, [lane.tenantId, lane.connectionId, userIds]);
  return new Map(
    rows.map((row) => [
      row.user_id,
      {
        userId: row.user_id,
        generation: row.desired_generation,
        removal: row.removal,
        removalAgeMs: null,
        remoteId: row.remote_id,
        applied: row.applied,
        verify: row.verify,
        lookups: row.lookups,
        attempts: row.attempts,
        leftForMs: row.left_for_ms,
        twinForMs: row.twin_for_ms,
        linkedForMs: row.linked_for_ms,
        traceId: toTraceId(row.trace_id),
        seated: row.seated,
        waits: row.waits,
      },
    ]),
  );
}

// The people of an app's scope: everybody of the directory, or some people and the members of some groups and of those below them. Which these
// are is told by the caller, because a plan asks about what nobody saved yet. `page` bounds each list by a person's id.
const candidates = (page: (id: string) => string): string => `
with own as (
  select directory_id from connections where tenant_id = $1 and id = $2
), reached as (
  select unnest($4::uuid[]) as group_id
  union select a.group_id from unnest($4::uuid[]) s(id) cross join lateral (
    select group_id from group_ancestors where tenant_id = $1 and ancestor_id = s.id offset 0) a
), candidates as (
  (select user_id from accounts where tenant_id = $1 and connection_id = $2 ${page("user_id")})
  union
  (select id from users where tenant_id = $1 and directory_id = (select directory_id from own) and deleted_at is null and $3 ${page("id")})
  union
  (select member.user_id from reached r cross join lateral (
      select m.user_id from memberships m where m.tenant_id = $1 and m.group_id = r.group_id ${page("m.user_id")}) member)
  union
  (select id from unnest($5::uuid[]) named(id) where true ${page("id")})
)`;

// Every candidate list is read in index order from the cursor and stops at its limit.
const PAGE_CANDIDATES: NamedStatement<{ user_id: string }> = {
  name: "page-candidates",
  text: `${candidates((id) => `and ${id} > $6 order by ${id} limit $7`)}
select user_id from candidates order by user_id limit $7`,
};

const COUNT_CANDIDATES: NamedStatement<{ people: number }> = {
  name: "count-candidates",
  text: `${candidates(() => "offset 0")} select count(*) as people from candidates`,
};

/** Of whom an app consists: those who have an account, and everybody, or these people and the members of these groups. */
export type Candidates = { everyone: boolean; groupIds: readonly string[]; userIds: readonly string[] };

/** The next people who have, or should have, an account, in the order of their ids. */
export async function pageCandidates(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  of: Candidates,
  page: { after: string | null; limit: number },
): Promise<string[]> {
  const after = page.after ?? "00000000-0000-0000-0000-000000000000";
  const values = [lane.tenantId, lane.connectionId, of.everyone, of.groupIds, of.userIds, after, page.limit];
  const rows = await tx.named(PAGE_CANDIDATES, values);
  return rows.map((row) => row.user_id);
}

/** How many people have, or should have, an account. */
export async function countCandidates(
  tx: Statements,
  lane: { tenantId: TenantId; connectionId: string },
  of: Candidates,
): Promise<number> {
  const [row] = await tx.named(COUNT_CANDIDATES, [
    lane.tenantId,
    lane.connectionId,
    of.everyone,
    of.groupIds,
    of.userIds,
  ]);
  return row?.people ?? 0;
}

const PERSON_HERE: NamedStatement<{ id: string }> = {
  name: "person-here",
  text: `
select u.id from users u where u.tenant_id = $1 and u.id = $2
  and ($3::uuid is null or u.directory_id = (select directory_id from connections where tenant_id = $1 and id = $3))`,
};

/** Whether a tenant, or a connection's directory, has a person of this id, deleted or not. */
export async function isPersonHere(
  tx: Statements,
  tenantId: TenantId,
  key: { userId: string; connectionId: string | null },
): Promise<boolean> {
  return (await tx.named(PERSON_HERE, [tenantId, key.userId, key.connectionId])).length > 0;
}

const PERSON_NAMED: NamedStatement<{ id: string }> = {
  name: "person-named",
  text: `
select id from users where tenant_id = $1 and directory_id = (select directory_id from connections where tenant_id = $1 and id = $2)
  and user_name_key = $3 and deleted_at is null`,
};

/** Finds a person of a connection's directory by their userName, whatever its case. */
export async function findPersonNamed(
  tx: Statements,
  tenantId: TenantId,
  key: { connectionId: string; userName: string },
): Promise<string | undefined> {
  const [row] = await tx.named(PERSON_NAMED, [tenantId, key.connectionId, foldCase(key.userName)]);
  return row?.id;
}
