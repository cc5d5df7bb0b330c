import { type AttemptEntry, insertAttemptsText } from "./accounts.ts";
import { type Database, inTenant, type NamedStatement, type Statements } from "./database.ts";
import { firstIdOf, firstIdOfDaysAgo } from "./first-id-of.ts";
import type { DirectoryKey } from "./purge-tombstones.ts";
import type { TenantId } from "./tables.ts";
import { toTraceId } from "./trace-id.ts";
import type { AttemptExchange } from "./trace-tables.ts";

/** One call to an app, as it is listed. */
export type AttemptView = {
  id: string;
  /** When it was recorded. */
  at: Date;
  startedAt: Date | null;
  /** Null for a probe, which is about the app as a whole, and for a call about a group. */
  userId: string | null;
  groupId: string | null;
  traceId: string | null;
  operation: string;
  outcome: string;
  status: number | null;
  detail: string | null;
  durationMs: number;
  decision: string;
  retryAt: Date | null;
  generation: number;
  number: number;
};

export type AttemptDetail = AttemptView & { exchanges: AttemptExchange[] | null };

export type AttemptFilter = {
  userId?: string | undefined;
  groupId?: string | undefined;
  decision?: string | undefined;
  since?: Date | undefined;
  traceId?: string | undefined;
};

/** Lists a connection's attempts, newest first; `before` is the id of the last one already seen. */
export async function listAttempts(
  tx: Statements,
  tenantId: TenantId,
  page: AttemptFilter & { connectionId: string; before?: string | undefined; limit: number },
): Promise<AttemptView[]> {
  let query = tx.sql
    .selectFrom("attempts")
    .select(COLUMNS)
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", page.connectionId)
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.userId !== undefined) query = query.where("user_id", "=", page.userId);
  if (page.groupId !== undefined) query = query.where("group_id", "=", page.groupId);
  if (page.decision !== undefined) query = query.where("decision", "=", page.decision);
  if (page.traceId !== undefined) query = query.where("trace_id", "=", page.traceId);
  // An id is made when a call has ended, so it narrows the range of the key that is read.
  if (page.since !== undefined) query = query.where("id", ">=", firstIdOf(page.since));
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return (await tx.run(query)).map((row) => ({ ...row, traceId: toTraceId(row.traceId) }));
}

/** Reads one attempt with what went over the wire; undefined when there is none, or none any more. */
export async function getAttempt(
  tx: Statements,
  tenantId: TenantId,
  wanted: { connectionId: string; id: string },
): Promise<AttemptDetail | undefined> {
  const [row] = await tx.run(
    tx.sql
      .selectFrom("attempts")
      .select([...COLUMNS, "exchanges"])
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", wanted.connectionId)
      .where("id", "=", wanted.id),
  );
  return row === undefined ? undefined : { ...row, traceId: toTraceId(row.traceId) };
}

/** Lists the attempts of one trace about one person, with what went over the wire, in the order in which they were made. */
export async function listAttemptsWhole(
  tx: Statements,
  tenantId: TenantId,
  wanted: { connectionId: string; userId: string; traceId: string; limit: number },
): Promise<AttemptDetail[]> {
  const rows = await tx.run(
    tx.sql
      .selectFrom("attempts")
      .select([...COLUMNS, "exchanges"])
      .where("tenant_id", "=", tenantId)
      .where("connection_id", "=", wanted.connectionId)
      .where("user_id", "=", wanted.userId)
      .where("trace_id", "=", wanted.traceId)
      .orderBy("id")
      .limit(wanted.limit),
  );
  return rows.map((row) => ({ ...row, traceId: toTraceId(row.traceId) }));
}

const COLUMNS = [
  "id",
  "at",
  "started_at as startedAt",
  "user_id as userId",
  "group_id as groupId",
  "trace_id as traceId",
  "operation",
  "outcome",
  "status",
  "detail",
  "duration_ms as durationMs",
  "decision",
  "retry_at as retryAt",
  "generation",
  "number",
] as const;

const INSERT: NamedStatement<object> = { name: "insert-attempts", text: insertAttemptsText("$3") };

/** Records calls that are about no account, such as a probe. */
export async function insertAttempts(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  attempts: readonly AttemptEntry[],
): Promise<void> {
  await tx.named(INSERT, [tenantId, connectionId, JSON.stringify(attempts)]);
}

// What another worker is deleting is left to it. The boundary is the smallest id of its time, by the database's clock.
const PURGE_ATTEMPTS: NamedStatement<{ id: string }> = {
  name: "purge-attempts",
  text: `
with old as (
  select t.connection_id, t.id from connections c cross join lateral (
    select connection_id, id from attempts where tenant_id = $1 and connection_id = c.id
      and id < ${firstIdOfDaysAgo("c.attempt_log_days")}
    order by id limit $3 for update skip locked) t
  where c.tenant_id = $1 and c.directory_id = $2 limit $3
)
delete from attempts
where tenant_id = $1 and connection_id = any(array(select distinct connection_id from old)) and id = any(array(select id from old))
returning id`,
};

/** Deletes the oldest attempts of a directory's connections that are older than they keep them, `limit` at most; returns how many. */
export async function purgeAttempts(db: Database, key: DirectoryKey, limit: number): Promise<number> {
  const values = [key.tenantId, key.directoryId, limit];
  const rows = await inTenant(db, key.tenantId, (tx) => tx.last.named(PURGE_ATTEMPTS, values));
  return rows.length;
}
