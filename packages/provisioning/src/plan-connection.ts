import type { PreparePolicy } from "@muster/mapping";
import type { Clock } from "@muster/runtime";
import { type ConnectionPolicy, type Database, getPolicy, inTenant, pageCandidates, type Tx } from "@muster/store";
import { candidatesOf } from "./candidates-of.ts";
import { type Owner, requireConnection } from "./connections.ts";
import { guardThreshold } from "./guard-threshold.ts";
import { planNotes } from "./plan-notes.ts";
import { type PlannedPerson, planPeople } from "./plan-people.ts";
import { readSeatBook, type SeatBook } from "./seats.ts";
import { walkPeople } from "./walk-people.ts";

/** What would be done first about a person, in one word. */
export type PlanStep =
  | "create"
  | "takeOver"
  | "update"
  | "reactivate"
  | "deactivate"
  | "delete"
  | "lookUp"
  | "wait"
  | "conflict"
  | "forbidden"
  | "unfit"
  | "held"
  | "gated"
  | "waitlisted"
  | "unapproved"
  | "none";

export type NamedStep = { step: PlanStep; reason: string | null };
export type ConnectionPlan = {
  people: number;
  inScope: number;
  removals: number;
  guardThreshold: number;
  isExpanding: boolean;
  steps: { step: PlanStep; count: number; first: { userId: string; userName: string; reason: string | null }[] }[];
  /** What will not happen at the app, or otherwise than elsewhere. */
  notes: string[];
};

/**
 * Says what a drain would do about everybody of a connection, from what is stored: the app is not asked and nothing is
 * written (G12). Each chunk is read in a transaction of its own, so a plan of many people is of no single moment.
 */
export async function planConnection(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy },
  owner: Owner,
  connectionId: string,
  input: { names: number; ifOpen: boolean },
): Promise<ConnectionPlan> {
  const lane = { tenantId: owner.tenantId, connectionId };
  const nowMs = deps.clock.now().getTime();
  let seats: SeatBook | null | undefined;
  const by = (policy: ConnectionPolicy) => ({ policy, prepared: deps.prepare(policy), nowMs, seats: seats ?? null });
  const steps = new Map<PlanStep, ConnectionPlan["steps"][number]>();
  const total = { people: 0, inScope: 0, removals: 0, isExpanding: false, percent: 0 };
  const leftOut = new Set<string>();
  let notes: string[] = [];
  await walkPeople((page) => {
    const planChunk = async (tx: Tx): Promise<string[]> => {
      const connection = await requireConnection(tx, owner.tenantId, connectionId);
      const stored = await getPolicy(tx, owner.tenantId, connectionId);
      const policy = input.ifOpen ? { ...stored, gate: { state: "open" as const, groupIds: [] } } : stored;
      seats ??= await readSeatBook(tx, lane, policy);
      const userIds = await pageCandidates(tx, lane, candidatesOf([policy]), page);
      const planned = userIds.length === 0 ? [] : await planPeople(tx, lane, by(policy), userIds);
      for (const one of planned) {
        add(steps, one, input.names);
        for (const name of one.leftOut) leftOut.add(name);
      }
      notes = planNotes(connection, leftOut);
      total.percent = connection.guardPercent;
      total.isExpanding = policy.expanding;
      total.people += planned.length;
      total.inScope += planned.filter(({ desired }) => desired.kind === "present" && desired.active).length;
      total.removals += planned.filter(({ plan }) => plan.kind === "deactivate" || plan.kind === "delete").length;
      return userIds;
    };
    return inTenant(deps.db, owner.tenantId, planChunk, owner.workspaceId);
  });
  const { people, inScope, removals, isExpanding, percent } = total;
  const threshold = guardThreshold(inScope + removals, percent);
  return { people, inScope, removals, guardThreshold: threshold, isExpanding, steps: [...steps.values()], notes };
}

function add(steps: Map<PlanStep, ConnectionPlan["steps"][number]>, planned: PlannedPerson, names: number): void {
  const { step, reason } = nameStep(planned);
  const entry = steps.get(step) ?? { step, count: 0, first: [] };
  steps.set(step, entry);
  entry.count += 1;
  const { userId, user } = planned.person;
  if (entry.first.length < names) entry.first.push({ userId, userName: user.userName, reason });
}

/** The plan of a person in one word, with its reason where there is one. */
export function nameStep({ plan, isHeld }: PlannedPerson): NamedStep {
  switch (plan.kind) {
    case "none":
      return isHeld ? { step: "held", reason: "This removal waits for the guard" } : { step: "none", reason: null };
    case "look":
      return { step: "lookUp", reason: null };
    case "refuse":
      return { step: "conflict", reason: plan.reason };
    case "wait":
    case "gated":
    case "waitlisted":
    case "unapproved":
    case "forbidden":
    case "unfit":
      return { step: plan.kind, reason: plan.reason };
    case "adopt":
    // Second accounts are only known to the app, which was not asked.
    case "retireTwins":
      return { step: "update", reason: null };
    case "create":
    case "takeOver":
    case "update":
    case "deactivate":
    case "reactivate":
    case "delete":
      return { step: plan.kind, reason: null };
  }
}
