import { type MappingRow, type PreparePolicy, type RowInput, readRows } from "@muster/mapping";
import { type Clock, Refusal, uuidV7 } from "@muster/runtime";
import {
  beginPlan,
  type ConnectionPolicy,
  type ConnectionRecord,
  type Database,
  finishPlan,
  getAppMapping,
  getPlan,
  getPolicy,
  insertPlan,
  inTenant,
  notePlanProgress,
  type PlanEnd,
  type PlanningTurn,
  type PlanRecord,
  type ProposedEdit,
  type TenantId,
  type Tx,
} from "@muster/store";
import { bindGroups, bindRules } from "./connection-policy.ts";
import { type Owner, requireConnection } from "./connections.ts";
import { type Edit, planEdit } from "./plan-edit.ts";

/** Asks what an edit would change; a worker computes it. Refuses what could not be saved either. */
export async function requestPlan(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { proposed: ProposedEdit; names: number },
): Promise<PlanRecord> {
  const id = uuidV7();
  const { workspaceId, tenantId, actor } = owner;
  return await inTenant(
    deps.db,
    tenantId,
    async (tx) => {
      const connection = await requireConnection(tx, tenantId, connectionId);
      await proposePolicy(tx, tenantId, connection, input.proposed);
      await insertPlan(tx, tenantId, { connectionId, id, actor, ...input });
      return await requirePlan(tx, owner, { connectionId, planId: id });
    },
    workspaceId,
  );
}

/** Reads a plan or refuses with "not found". */
export async function requirePlan(
  tx: Tx,
  owner: Pick<Owner, "tenantId">,
  key: { connectionId: string; planId: string },
): Promise<PlanRecord> {
  const plan = await getPlan(tx, { tenantId: owner.tenantId, ...key });
  if (plan === undefined) throw new Refusal("notFound", `This connection has no plan ${key.planId}`);
  return plan;
}

/** The policy that a connection would have if an edit were saved. */
async function proposePolicy(
  tx: Tx,
  tenantId: TenantId,
  connection: ConnectionRecord,
  proposed: ProposedEdit,
): Promise<{ before: ConnectionPolicy; after: ConnectionPolicy }> {
  const { workspaceId, id, directoryId } = connection;
  const before = await getPolicy(tx, tenantId, id);
  const after = { ...before };
  if (proposed.assignments !== undefined) {
    const { everyone, groups } = proposed.assignments;
    const bound = await bindGroups(tx, tenantId, directoryId, groups);
    after.everyone = everyone;
    after.assignedGroupIds = bound.flatMap(({ groupId }) => groupId ?? []);
  }
  if (proposed.rules !== undefined) {
    const { precedence, defaultRole } = proposed.rules;
    const bound = await bindRules(tx, { workspaceId, tenantId }, connection, proposed.rules);
    after.precedence = precedence;
    after.defaultRole = defaultRole;
    // A rule whose group does not exist yet gives nobody anything.
    after.rules = bound.flatMap(({ groupId, role }) => (groupId === null ? [] : [{ groupId, role }]));
  }
  if (proposed.mapping !== undefined) after.mapping = await proposeMapping(tx, connection, proposed.mapping.rows);
  return { before, after };
}

async function proposeMapping(
  tx: Tx,
  { workspaceId, appId }: ConnectionRecord,
  inputs: readonly RowInput[] | null,
): Promise<MappingRow[] | undefined> {
  if (inputs === null) return (await getAppMapping(tx, workspaceId, appId)) ?? undefined;
  const read = readRows(inputs);
  if (read.kind === "rows") return read.rows;
  const [first] = read.problems;
  throw new Refusal("invalid", `mapping.rows${first?.row === null ? "" : `[${first?.row}]`}: ${first?.message ?? ""}`);
}

/** Workers that may die over one plan before it is given up. */
const MAX_TRIES = 3;

/** Computes a connection's oldest plan that waits; false when there was none. */
export async function computePlan(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy },
  turn: PlanningTurn,
  signal: AbortSignal,
): Promise<boolean> {
  const { tenantId, connectionId } = turn;
  const plan = await inTenant(deps.db, tenantId, (tx) => beginPlan(tx, tenantId, connectionId));
  if (plan === undefined) return false;
  const key = { ...turn, planId: plan.id };
  const end = await endOf(deps, key, plan, signal);
  if (end !== undefined) await inTenant(deps.db, tenantId, (tx) => finishPlan(tx.last, key, end));
  return true;
}

type Key = PlanningTurn & { planId: string };

async function endOf(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy },
  key: Key,
  plan: PlanRecord,
  signal: AbortSignal,
): Promise<PlanEnd | undefined> {
  if (plan.tries > MAX_TRIES)
    return { state: "failed", reason: `${MAX_TRIES} workers ended while computing this plan: ask for it again` };
  try {
    const edit = await inTenant(deps.db, key.tenantId, (tx) => readEdit(tx, key, plan), key.workspaceId);
    const result = await planEdit(deps, key, edit, async (people, total) => {
      const isThere = await inTenant(deps.db, key.tenantId, (tx) => notePlanProgress(tx.last, key, { people, total }));
      return isThere && !signal.aborted;
    });
    return result === undefined ? undefined : { state: "done", result, people: result.people };
  } catch (error) {
    if (error instanceof Refusal) return { state: "failed", reason: error.message };
    throw error;
  }
}

async function readEdit(tx: Tx, key: Key, plan: PlanRecord): Promise<Edit> {
  const connection = await requireConnection(tx, key.tenantId, key.connectionId);
  const policies = await proposePolicy(tx, key.tenantId, connection, plan.proposed);
  return { ...policies, guardPercent: connection.guardPercent, names: plan.names };
}
