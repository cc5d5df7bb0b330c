import type { PreparePolicy } from "@muster/mapping";
import { type Clock, Refusal, uuidV7 } from "@muster/runtime";
import {
  beginPlan,
  type Database,
  finishPlan,
  getPlan,
  insertPlan,
  inTenant,
  notePlanProgress,
  type PlanEnd,
  type PlanningTurn,
  type PlanRecord,
  type Tx,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { type Edit, planEdit } from "./plan-edit.ts";
import { type PolicyEdit, readStoredEdit, refuseWhileRollout, tryEdit } from "./policy-edit.ts";
import { rolledOutEdit } from "./rollouts.ts";

/** Asks what an edit would change; a worker computes it. Refuses what could not be saved either. */
export async function requestPlan(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { proposed: PolicyEdit; names: number },
): Promise<PlanRecord> {
  const { tenantId } = owner;
  await inTenant(deps.db, tenantId, async (tx) => {
    await requireConnection(tx, tenantId, connectionId);
    await refuseWhileRollout(tx, tenantId, connectionId);
  });
  return await storePlan(deps, owner, connectionId, input);
}

/** Asks what it would change for everybody if what is tried out on some were promoted now (G12). */
export async function planRollout(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { names: number },
): Promise<PlanRecord> {
  const read = (tx: Tx) => rolledOutEdit(tx, owner.tenantId, connectionId);
  const { edit } = await inTenant(deps.db, owner.tenantId, read);
  return await storePlan(deps, owner, connectionId, { proposed: edit, ...input });
}

async function storePlan(
  deps: { db: Database },
  owner: Owner,
  connectionId: string,
  input: { proposed: PolicyEdit; names: number },
): Promise<PlanRecord> {
  const id = uuidV7();
  const { tenantId, actor } = owner;
  await tryEdit(deps.db, owner, connectionId, input.proposed, noMore);
  return await inTenant(deps.db, tenantId, async (tx) => {
    await insertPlan(tx, tenantId, { connectionId, id, actor, ...input });
    return await requirePlan(tx, owner, { connectionId, planId: id });
  });
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
    const edit = await readEdit(deps.db, key, plan);
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

async function readEdit(db: Database, { workspaceId, tenantId, connectionId }: Key, plan: PlanRecord): Promise<Edit> {
  const { guardPercent } = await inTenant(db, tenantId, (tx) => requireConnection(tx, tenantId, connectionId));
  const owner = { workspaceId, tenantId, actor: plan.actor };
  const { before, after } = await tryEdit(db, owner, connectionId, readStoredEdit(plan.proposed), noMore);
  return { before, after, guardPercent, names: plan.names };
}

const noMore = (): Promise<null> => Promise.resolve(null);
