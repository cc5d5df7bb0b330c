import type { LaneRef } from "./accounts.ts";
import type { Actor } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import { fence } from "./fence.ts";
import type { ConflictDecision, TenantId } from "./tables.ts";

/** An account of the app that may be a person's. */
export type Candidate = {
  remoteId: string;
  userName: string | null;
  emails: string[];
  externalId: string | null;
  active: boolean | null;
};

/** What was decided about a person's account in the app; `kind` null while nobody has. */
export type StoredDecision = { kind: ConflictDecision | null; remoteId: string | null };

const DECISIONS: NamedStatement<{ user_id: string; decision: ConflictDecision | null; remote_id: string | null }> = {
  name: "conflict-decisions",
  text: `
select c.user_id, c.decision, c.decided_remote_id as remote_id from unnest($3::uuid[]) as wanted(user_id) cross join lateral (
  select user_id, decision, decided_remote_id from conflicts where tenant_id = $1 and connection_id = $2 and user_id = wanted.user_id offset 0) c`,
};

/** Reads which of these people are on a connection's list of conflicts, with what was decided. */
export async function getDecisions(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  userIds: readonly string[],
): Promise<Map<string, StoredDecision>> {
  if (userIds.length === 0) return new Map();
  const rows = await tx.named(DECISIONS, [tenantId, connectionId, userIds]);
  return new Map(rows.map((row) => [row.user_id, { kind: row.decision, remoteId: row.remote_id }]));
}

/** A person whose account somebody must decide about. */
export type FoundConflict = {
  userId: string;
  why: string;
  candidates: Candidate[];
  /** What had been decided when the look was taken; null for somebody who was not on the list. */
  decision: ConflictDecision | null;
  decidedRemoteId: string | null;
};

const RECORD_CONFLICTS: NamedStatement<object> = {
  name: "record-conflicts",
  text: `
with ${fence("$2", "$3")}, cleared as (
  delete from conflicts c using fence where c.tenant_id = $1 and c.connection_id = $2 and c.user_id = any($5::uuid[])
)
insert into conflicts as c (tenant_id, connection_id, user_id, why, candidates, decision, decided_remote_id)
select $1, $2, f."userId", f.why, f.candidates, f.decision, f."decidedRemoteId"
from jsonb_to_recordset($4::jsonb) as f("userId" uuid, why text, candidates jsonb, decision text, "decidedRemoteId" text), fence
order by f."userId"
-- What was decided had its chance: an account that still cannot be made or linked is to be decided anew, with what is there now.
-- What was decided since the look was taken has not, and stays.
on conflict (tenant_id, connection_id, user_id) do update set why = excluded.why, candidates = excluded.candidates,
  decision = null, decided_remote_id = null, decided_by = null, decided_at = null
where c.decision is not distinct from excluded.decision and c.decided_remote_id is not distinct from excluded.decided_remote_id`,
};

/** Puts people on the list of conflicts and takes others off, only while this holder's epoch still stands. */
export async function recordConflicts(
  tx: Statements,
  lane: LaneRef,
  input: { found: readonly FoundConflict[]; cleared: readonly string[] },
): Promise<void> {
  await tx.named(RECORD_CONFLICTS, [
    lane.tenantId,
    lane.connectionId,
    lane.epoch,
    JSON.stringify(input.found),
    input.cleared,
  ]);
}

const LINKED_TO_OTHERS: NamedStatement<{ remote_id: string }> = {
  name: "linked-to-others",
  text: `
select a.remote_id from unnest($3::text[]) as wanted(remote_id) cross join lateral (
  select remote_id, user_id from accounts where tenant_id = $1 and connection_id = $2 and remote_id = wanted.remote_id offset 0) a
where a.user_id <> $4`,
};

/** Tells which of these accounts of the app are linked to another person: they are nobody's candidates. */
export async function findLinkedToOthers(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  input: { userId: string; remoteIds: readonly string[] },
): Promise<Set<string>> {
  const rows = await tx.named(LINKED_TO_OTHERS, [tenantId, connectionId, input.remoteIds, input.userId]);
  return new Set(rows.map((row) => row.remote_id));
}

export type ConflictRecord = {
  userId: string;
  userName: string;
  why: string;
  candidates: Candidate[];
  foundAt: Date;
  decision: ConflictDecision | null;
  decidedBy: string | null;
  decidedAt: Date | null;
};

const VIEWED = [
  "c.user_id as userId",
  "u.user_name as userName",
  "c.why",
  "c.candidates",
  "c.found_at as foundAt",
  "c.decision",
  "c.decided_by as decidedBy",
  "c.decided_at as decidedAt",
] as const;

const conflictsOf = (tx: Statements, tenantId: TenantId, connectionId: string) =>
  tx.sql
    .selectFrom("conflicts as c")
    .innerJoin("users as u", (join) => join.onRef("u.tenant_id", "=", "c.tenant_id").onRef("u.id", "=", "c.user_id"))
    .select(VIEWED)
    .where("c.tenant_id", "=", tenantId)
    .where("c.connection_id", "=", connectionId);

/** Lists a connection's conflicts in the order of their people's ids. */
export async function listConflicts(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; decided: boolean; after: string | undefined; limit: number },
): Promise<ConflictRecord[]> {
  let query = conflictsOf(tx, tenantId, page.connectionId)
    .where("c.decision", page.decided ? "is not" : "is", null)
    .orderBy("c.user_id")
    .limit(page.limit);
  if (page.after !== undefined) query = query.where("c.user_id", ">", page.after);
  const rows = await tx.run(query);
  return rows.map((row) => ({ ...row, candidates: row.candidates as Candidate[] }));
}

/** Reads a person's conflict; undefined when they have none on this connection. */
export async function getConflict(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  userId: string,
): Promise<ConflictRecord | undefined> {
  const [row] = await tx.run(conflictsOf(tx, tenantId, connectionId).where("c.user_id", "=", userId));
  return row === undefined ? undefined : { ...row, candidates: row.candidates as Candidate[] };
}

/** Locks a person's conflict; undefined when they have none on this connection. */
export async function lockConflict(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  userId: string,
): Promise<{ candidates: Candidate[] } | undefined> {
  const [row] = await tx.run(
    tx.sql
      .selectFrom("conflicts")
      .select("candidates")
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", connectionId)
      .where("user_id", "=", userId)
      .forUpdate(),
  );
  return row === undefined ? undefined : { candidates: row.candidates as Candidate[] };
}

const DECIDE: NamedStatement<{ user_id: string }> = {
  name: "decide-conflict",
  text: `
with decided as (
  update conflicts set decision = $4, decided_remote_id = $5, decided_by = $6, decided_at = now()
  where tenant_id = $1 and connection_id = $2 and user_id = $3 returning user_id
), due as (
  update accounts set desired_generation = desired_generation + 1, due_at = now(), state = 'pending', reason = null,
    trace_id = nullif(current_setting('muster.trace_id', true), '')::uuid
  where tenant_id = $1 and connection_id = $2 and user_id in (select user_id from decided) returning user_id
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, false from due
)
select user_id from due`,
};

/** Keeps what was decided and makes the account due. */
export async function decideConflict(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  input: { userId: string; decision: ConflictDecision; remoteId: string | null; actor: Actor },
): Promise<void> {
  await tx.named(DECIDE, [tenantId, connectionId, input.userId, input.decision, input.remoteId, input.actor]);
}
