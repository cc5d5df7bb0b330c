import { uuidV7 } from "@muster/runtime";
import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { ComparisonPolicy, ComparisonState, FindingKind, TenantId } from "./tables.ts";

/** A comparison of an app with what it should hold, and how far it is. */
export type ComparisonRecord = {
  id: string;
  cause: "schedule" | "demand";
  policy: ComparisonPolicy;
  state: ComparisonState;
  reason: string | null;
  phase: "listing" | "missing";
  nextIndex: number;
  pageSize: number;
  /** Where the next page begins in an app that pages by cursor; null for the first, and in other apps. */
  nextCursor: string | null;
  afterUserId: string | null;
  tries: number;
  totalResults: number | null;
  /** Different accounts that the app has listed so far. */
  listed: number;
  checked: number;
  unsettled: number;
  drifted: number;
  missing: number;
  orphans: number;
  unexpectedActive: number;
  duplicates: number;
  repairs: number;
  createdAt: Date;
  finishedAt: Date | null;
};

const COLUMNS = [
  "id",
  "cause",
  "policy",
  "state",
  "reason",
  "phase",
  "next_index as nextIndex",
  "page_size as pageSize",
  "next_cursor as nextCursor",
  "after_user_id as afterUserId",
  "tries",
  "total_results as totalResults",
  "listed",
  "checked",
  "unsettled",
  "drifted",
  "missing",
  "orphans",
  "unexpected_active as unexpectedActive",
  "duplicates",
  "repairs",
  "created_at as createdAt",
  "finished_at as finishedAt",
] as const;

const comparisonsOf = (tx: Statements, tenantId: TenantId, connectionId: string) =>
  tx.sql
    .selectFrom("comparisons")
    .select(COLUMNS)
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", connectionId);

/** Lists a connection's comparisons, newest first; `before` is the id of the last one already seen. */
export async function listComparisons(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; before: string | undefined; limit: number },
): Promise<ComparisonRecord[]> {
  let query = comparisonsOf(tx, tenantId, page.connectionId).orderBy("id", "desc").limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return await tx.run(query);
}

/** Reads one comparison of a connection. */
export async function getComparison(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  id: string,
): Promise<ComparisonRecord | undefined> {
  const [row] = await tx.run(comparisonsOf(tx, tenantId, connectionId).where("id", "=", id));
  return row;
}

/** Reads the comparison that is running on a connection, if there is one. */
export async function getRunningComparison(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<ComparisonRecord | undefined> {
  const [row] = await tx.run(comparisonsOf(tx, tenantId, connectionId).where("state", "=", "running"));
  return row;
}

/** How many comparisons a connection keeps, findings included. */
const KEPT = 20;

const START: NamedStatement<{ id: string }> = {
  name: "start-comparison",
  text: `
with settings as (
  select compare_every_hours, compare_policy from connections where tenant_id = $1 and id = $2
), begun as (
  insert into comparisons (tenant_id, connection_id, id, cause, policy)
  select $1, $2, $3, $4, coalesce($5::text, compare_policy) from settings
  on conflict (tenant_id, connection_id) where state = 'running' do nothing
  returning id
), planned as (
  update lanes set compare_at = now() + settings.compare_every_hours * interval '1 hour' from settings where connection_id = $2
), rung as (
  insert into lane_marks (tenant_id, connection_id, removal) select $1::uuid, $2::uuid, false from begun
), forgotten as (
  delete from comparisons where tenant_id = $1 and connection_id = $2 and state <> 'running' and id in (
    select id from comparisons where tenant_id = $1 and connection_id = $2 order by id desc offset ${KEPT})
)
select id from begun`,
};

/** Begins a comparison, unless one is running; answers the id of the one that is running then, and marks the lane. */
export async function startComparison(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  input: { cause: "schedule" | "demand"; policy: ComparisonPolicy | null },
): Promise<{ id: string; isNew: boolean }> {
  const [begun] = await tx.named(START, [tenantId, connectionId, uuidV7(), input.cause, input.policy]);
  if (begun !== undefined) return { id: begun.id, isNew: true };
  const running = await getRunningComparison(tx, tenantId, connectionId);
  if (running === undefined) throw new Error("A comparison ended between two statements: try again");
  return { id: running.id, isNew: false };
}

const SCHEDULE: NamedStatement<object> = {
  name: "schedule-comparison",
  text: `
update lanes set compare_at = now() + c.compare_every_hours * interval '1 hour'
from connections c where c.tenant_id = $1 and c.id = $2 and lanes.connection_id = $2`,
};

/** Plans a connection's next comparison by its settings: so many hours from now, or never. */
export async function scheduleComparison(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(SCHEDULE, [tenantId, connectionId]);
}

const DUE: NamedStatement<{ tenant_id: TenantId; connection_id: string }> = {
  name: "due-comparisons",
  text: `
select tenant_id, connection_id from lanes
where compare_at <= now() and not paused and not suspended and (held_until is null or held_until <= now())
order by compare_at limit $1`,
};

/** Before a tenant is known, ids only: the lanes whose comparison is due, the longest waiting first. */
export async function listDueComparisons(db: Database, limit: number): Promise<LaneKey[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(DUE, [limit]));
  return rows.map((row) => ({ tenantId: row.tenant_id, connectionId: row.connection_id }));
}

export type FindingAttribute = { name: string; ours: unknown; theirs: unknown };

/** Something that is not as it should be. */
export type FindingRecord = {
  id: string;
  kind: FindingKind;
  userId: string | null;
  remoteId: string | null;
  userName: string | null;
  attributes: FindingAttribute[];
  repair: boolean;
};

/** Lists what a comparison found, in the order in which it was found. */
export async function listFindings(
  tx: Statements,
  tenantId: TenantId,
  page: {
    connectionId: string;
    comparisonId: string;
    kind: FindingKind | undefined;
    after: string | undefined;
    limit: number;
  },
): Promise<FindingRecord[]> {
  let query = tx.sql
    .selectFrom("comparison_findings")
    .select([
      "id",
      "kind",
      "user_id as userId",
      "remote_id as remoteId",
      "user_name as userName",
      "attributes",
      "repair",
    ])
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", page.connectionId)
    .where("comparison_id", "=", page.comparisonId)
    .orderBy("id")
    .limit(page.limit);
  if (page.kind !== undefined) query = query.where("kind", "=", page.kind);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  const rows = await tx.run(query);
  return rows.map((row) => ({ ...row, attributes: row.attributes as FindingAttribute[] }));
}
