import type { TenantId, WorkspaceId } from "./column-types.ts";
import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { EditPlan, PlanState, StoredEdit } from "./plan-tables.ts";

export type PlanKey = { tenantId: TenantId; connectionId: string; planId: string };

/** What an edit would change, and how far its computation is. */
export type PlanRecord = {
  id: string;
  actor: string;
  proposed: StoredEdit;
  names: number;
  state: PlanState;
  reason: string | null;
  tries: number;
  /** People looked at so far. */
  people: number;
  total: number | null;
  result: EditPlan | null;
  createdAt: Date;
  finishedAt: Date | null;
};

const COLUMNS = [
  "id",
  "actor",
  "proposed",
  "names",
  "state",
  "reason",
  "tries",
  "people",
  "total",
  "result",
  "created_at as createdAt",
  "finished_at as finishedAt",
] as const;

const plansOf = (tx: Statements, tenantId: TenantId, connectionId: string) =>
  tx.sql
    .selectFrom("plans")
    .select(COLUMNS)
    .where("tenant_id", "=", tenantId)
    .where("connection_id", "=", connectionId);

/** Lists a connection's plans, newest first; `before` is the id of the last one already seen. */
export async function listPlans(
  tx: Statements,
  tenantId: TenantId,
  page: { connectionId: string; before: string | undefined; limit: number },
): Promise<PlanRecord[]> {
  let query = plansOf(tx, tenantId, page.connectionId).orderBy("id", "desc").limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return await tx.run(query);
}

/** Reads one plan of a connection. */
export async function getPlan(tx: Statements, key: PlanKey): Promise<PlanRecord | undefined> {
  const [row] = await tx.run(plansOf(tx, key.tenantId, key.connectionId).where("id", "=", key.planId));
  return row;
}

/** How many plans a connection keeps. */
const KEPT = 20;

const INSERT: NamedStatement<{ id: string }> = {
  name: "insert-plan",
  text: `
with made as (
  insert into plans (tenant_id, connection_id, id, actor, proposed, names) values ($1, $2, $3, $4, $5, $6) returning id
), planned as (
  update lanes set plan_at = coalesce(plan_at, now()) where connection_id = $2
), forgotten as (
  delete from plans where tenant_id = $1 and connection_id = $2 and id in (
    select id from plans where tenant_id = $1 and connection_id = $2 order by id desc offset ${KEPT - 1})
)
select id from made`,
};

/** Asks for a plan; a worker takes it up. */
export async function insertPlan(
  tx: Statements,
  tenantId: TenantId,
  plan: { connectionId: string; id: string; actor: string; proposed: StoredEdit; names: number },
): Promise<void> {
  const { connectionId, id, actor, proposed, names } = plan;
  await tx.named(INSERT, [tenantId, connectionId, id, actor, JSON.stringify(proposed), names]);
}

/** How long, in seconds, a worker that shows no progress keeps a connection's plans to itself. */
const TURN_S = 30;

/** A connection whose plans a worker has taken up. */
export type PlanningTurn = LaneKey & { workspaceId: WorkspaceId };

const CLAIM: NamedStatement<{ workspace_id: WorkspaceId; tenant_id: TenantId; connection_id: string }> = {
  name: "claim-planning",
  text: `
update lanes set plan_at = now() + interval '${TURN_S} seconds'
where connection_id = any(array(
  select connection_id from lanes where plan_at <= now() and not suspended order by plan_at limit $1 for update skip locked))
returning workspace_id, tenant_id, connection_id`,
};

/** Before a tenant is known, ids only: takes connections that have a plan to compute, the longest waiting first. */
export async function claimPlanning(db: Database, limit: number): Promise<PlanningTurn[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(CLAIM, [limit]));
  return rows.map((row) => ({
    workspaceId: row.workspace_id,
    tenantId: row.tenant_id,
    connectionId: row.connection_id,
  }));
}

const LOCK: NamedStatement<{ connection_id: string }> = {
  name: "lock-planning",
  text: "select connection_id from lanes where connection_id = $1 for update",
};

const BEGIN: NamedStatement<{ id: string }> = {
  name: "begin-plan",
  text: `
with next as (
  select id from plans where tenant_id = $1 and connection_id = $2 and state in ('waiting', 'running') order by id limit 1
), idle as (
  update lanes set plan_at = null where connection_id = $2 and not exists (select 1 from next)
)
update plans set state = 'running', people = 0, tries = tries + 1
where tenant_id = $1 and connection_id = $2 and id = (select id from next) returning id`,
};

/** Takes up a connection's oldest plan that is not finished, from its beginning; undefined when there is none left. */
export async function beginPlan(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<PlanRecord | undefined> {
  // Whoever asks for a plan meanwhile waits here, so that none is overlooked when the connection goes idle.
  await tx.named(LOCK, [connectionId]);
  const [begun] = await tx.named(BEGIN, [tenantId, connectionId]);
  return begun === undefined ? undefined : await getPlan(tx, { tenantId, connectionId, planId: begun.id });
}

const PROGRESS: NamedStatement<{ id: string }> = {
  name: "plan-progress",
  text: `
with kept as (
  update lanes set plan_at = now() + interval '${TURN_S} seconds' where connection_id = $2
)
update plans set people = $4, total = $5 where tenant_id = $1 and connection_id = $2 and id = $3 and state = 'running' returning id`,
};

/** Notes how far a plan is and keeps its turn; false when it is no longer there. */
export async function notePlanProgress(
  tx: Statements,
  key: PlanKey,
  progress: { people: number; total: number },
): Promise<boolean> {
  const values = [key.tenantId, key.connectionId, key.planId, progress.people, progress.total];
  return (await tx.named(PROGRESS, values)).length > 0;
}

const FINISH: NamedStatement<{ id: string }> = {
  name: "finish-plan",
  text: `
with next as (
  update lanes set plan_at = now() where connection_id = $2
)
update plans set state = $4, reason = $5, result = $6, people = coalesce($7, people), total = coalesce($7, total), finished_at = now()
where tenant_id = $1 and connection_id = $2 and id = $3 returning id`,
};

export type PlanEnd = { state: "done"; result: EditPlan; people: number } | { state: "failed"; reason: string };

/** Ends a plan with what it found, or with why it could not be computed, and lets the connection's next one begin. */
export async function finishPlan(tx: Statements, key: PlanKey, end: PlanEnd): Promise<void> {
  const found = end.state === "done" ? [null, JSON.stringify(end.result), end.people] : [end.reason, null, null];
  await tx.named(FINISH, [key.tenantId, key.connectionId, key.planId, end.state, ...found]);
}
