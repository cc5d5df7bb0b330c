import type { DesiredAccount, PreparePolicy, RoleReason } from "@muster/mapping";
import { type Clock, Refusal } from "@muster/runtime";
import {
  type AttemptDetail,
  type Database,
  getPolicy,
  insertAudit,
  inTenant,
  inTrace,
  isPersonHere,
  listAttemptsWhole,
  markFirst,
  seeWork,
  type Tx,
  type WorkedAccount,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";
import { newTraceId } from "./new-trace-id.ts";
import { type NamedStep, nameStep } from "./plan-connection.ts";
import { type PlannedPerson, planPeople } from "./plan-people.ts";

export type ProvisionStep = { step: "scope" | "desired" | "plan" | "send" | "result"; ok: boolean; detail: string };
export type ProvisionReport = {
  userId: string;
  traceId: string;
  steps: ProvisionStep[];
  desired: DesiredAccount;
  plan: NamedStep;
  attempts: AttemptDetail[];
  /** Null when there is nothing to be done for somebody without an account. */
  result: WorkedAccount | null;
};

/** How often the outcome is looked for: a push takes about this long. */
const LOOK_EVERY_MS = 50;
const MAX_ATTEMPTS = 20;

type Mark = { generation: number; markedAt: Date };

/**
 * Provisions one person now and reports every step (D7). The account goes first in its lane and the lane's holder does the
 * work, under its lease and fence; this waits for it, and no longer than `waitMs`. A lane that is paused, held or closed
 * stays so: then the report says that nothing came of it yet.
 */
export async function provisionPerson(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy; ring(): void },
  owner: Owner,
  input: { connectionId: string; userId: string; waitMs: number },
): Promise<ProvisionReport> {
  const { connectionId, userId } = input;
  const { tenantId, actor } = owner;
  const key = { connectionId, userId };
  // A trace of its own even where the caller's holds more, so that the report is about this press.
  const traceId = newTraceId();
  const planFirst = async (tx: Tx): Promise<{ planned: PlannedPerson; mark: Mark | null }> => {
    await requireConnection(tx, tenantId, connectionId);
    if (!(await isPersonHere(tx, tenantId, key)))
      throw new Refusal("notFound", `This connection's directory has no person ${userId}`);
    const policy = await getPolicy(tx, tenantId, connectionId);
    const by = { policy, prepared: deps.prepare(policy), nowMs: deps.clock.now().getTime() };
    const [first] = await planPeople(tx, { tenantId, connectionId }, by, [userId]);
    if (first === undefined) throw new Error("A person who is here can be planned");
    await insertAudit(tx, tenantId, { actor, action: "account.provision", target: userId });
    const isNothing = first.desired.kind === "absent" && first.plan.kind === "none" && !first.isHeld;
    return { planned: first, mark: isNothing ? null : await markFirst(tx, tenantId, key) };
  };
  const { planned, mark } = await inTrace(deps.db, { tenantId, traceId }, planFirst, owner.workspaceId);
  if (mark !== null) deps.ring();
  const result = mark === null ? null : await waitForWork(deps, { tenantId, ...key, mark, waitMs: input.waitMs });
  const attempts = await inTenant(deps.db, tenantId, (tx) =>
    listAttemptsWhole(tx.last, tenantId, { ...key, traceId, limit: MAX_ATTEMPTS }),
  );
  const plan = nameStep(planned);
  const { desired } = planned;
  return { userId, traceId, desired, plan, attempts, result, steps: toSteps({ desired, plan, attempts, result }) };
}

type Wait = { tenantId: string; connectionId: string; userId: string; mark: Mark; waitMs: number };

async function waitForWork(deps: { db: Database; clock: Clock }, wait: Wait): Promise<WorkedAccount | null> {
  const endsAtMs = deps.clock.monotonicMs() + wait.waitMs;
  for (;;) {
    const seen = await inTenant(deps.db, wait.tenantId, (tx) => seeWork(tx.last, wait.tenantId, wait, wait.mark));
    if (seen === undefined || seen.worked || deps.clock.monotonicMs() >= endsAtMs) return seen ?? null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function toSteps({
  desired,
  plan,
  attempts,
  result,
}: Pick<ProvisionReport, "desired" | "plan" | "attempts" | "result">): ProvisionStep[] {
  const steps: ProvisionStep[] = [
    { step: "scope", ok: desired.kind === "present", detail: SCOPE_WORDS[desired.scope.kind] },
    {
      step: "desired",
      ok: desired.kind === "absent" || desired.problems.length === 0,
      detail: describeDesired(desired),
    },
    { step: "plan", ok: isGood(plan), detail: plan.reason === null ? plan.step : `${plan.step}: ${plan.reason}` },
  ];
  for (const attempt of attempts) {
    const status = attempt.status === null ? "no answer" : `answered ${attempt.status}`;
    const detail = `${attempt.operation}: ${status} in ${attempt.durationMs} ms${attempt.detail === null ? "" : `: ${attempt.detail}`}`;
    steps.push({ step: "send", ok: attempt.outcome === "ok", detail });
  }
  steps.push({ step: "result", ok: result === null || result.settled, detail: describeResult(result) });
  return steps;
}

const SCOPE_WORDS: Record<DesiredAccount["scope"]["kind"], string> = {
  everyone: "In scope: everyone of the directory is assigned",
  group: "In scope: by a group that is assigned",
  person: "In scope: assigned by themselves",
  condition: "In scope: the connection's condition is true for them",
  notBegun: "Not in scope yet: their start date is to come",
  ended: "Not in scope: their end date has passed",
  unreadable: "Cannot be decided: what they have is kept, and nothing is made",
  kept: "Out of scope, and kept: the removal waits for the guard",
  deleted: "Not in scope: deleted from the directory",
  notAssigned: "Not in scope: nothing that is assigned holds them",
};

function describeDesired(desired: DesiredAccount): string {
  if (desired.kind === "absent") return "No account, or one without access";
  const roles = desired.roles.map(
    ({ role, because }) =>
      `${role} (${BECAUSE[because.kind]}${because.kind === "rule" ? ` ${because.position + 1}` : ""})`,
  );
  const access = desired.active ? "An active account" : "An inactive account, or none";
  const notes = (desired.roleNotes ?? []).map((note) =>
    note.kind === "removedByHand"
      ? `${note.role} was taken by hand`
      : `rule ${note.position + 1} does not count, its condition failed: ${note.message}`,
  );
  return [`${access}${roles.length === 0 ? ", no roles" : `, with ${roles.join(", ")}`}`, ...notes].join("; ");
}

const BECAUSE: Record<RoleReason["because"]["kind"], string> = {
  rule: "by rule",
  person: "from the identity provider",
  manual: "by hand",
  default: "by default",
};

const isGood = ({ step }: NamedStep): boolean =>
  !["conflict", "forbidden", "unfit", "held", "gated", "waitlisted", "unapproved", "wait"].includes(step);

function describeResult(result: WorkedAccount | null): string {
  if (result === null) return "Nothing is to be done";
  if (!result.worked) return "Nothing has come of it yet: see the connection's status for what it waits for";
  return result.reason === null ? result.state : `${result.state}: ${result.reason}`;
}
