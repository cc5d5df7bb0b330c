import { type DesiredAccount, desiredAccount, type PreparedPolicy, preparePolicy } from "@muster/mapping";
import { foldCase } from "@muster/scim";
import {
  type ClaimedAccount,
  type ConnectionPolicy,
  getDecisions,
  getRivals,
  type PersonInput,
  readAccounts,
  type Tx,
} from "@muster/store";
import { toDecision } from "./conflict-changes.ts";
import { isGated } from "./gate.ts";
import { keptByGuard } from "./holds.ts";
import { type AccountPlan, planAccount } from "./plan-account.ts";
import { readPeople } from "./read-people.ts";
import { shapeDesired } from "./shape-desired.ts";
import { mayHaveTwin } from "./twin-watch.ts";

/** What would be done first about one person, without having asked the app. */
export type PlannedPerson = {
  person: PersonInput;
  desired: DesiredAccount;
  plan: AccountPlan;
  /** Their removal waits for the guard. */
  isHeld: boolean;
  /** Attributes that the app does not take. */
  leftOut: readonly string[];
};

type PlanInput = { policy: ConnectionPolicy; userIds: readonly string[]; nowMs: number };

/** Plans some people as a drain would, from what is stored, in a few statements whatever their number; nothing is written. */
export async function planPeople(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  input: PlanInput,
): Promise<PlannedPerson[]> {
  const { policy, userIds, nowMs } = input;
  const prepared = preparePolicy(policy);
  const { tenantId, connectionId } = lane;
  const [accounts, people] = await Promise.all([
    readAccounts(tx, lane, userIds),
    readPeople(tx, lane, [policy], userIds),
  ]);
  const unlinked = [...people.values()].filter((person) => (accounts.get(person.userId)?.remoteId ?? null) === null);
  const names = unlinked.flatMap((person) => (person.deleted ? [] : [foldCase(person.user.userName)]));
  const [rivals, decisions] = await Promise.all([
    getRivals(tx, tenantId, connectionId, names),
    getDecisions(
      tx,
      tenantId,
      connectionId,
      unlinked.map((person) => person.userId),
    ),
  ]);
  return [...people.values()].map((person) => {
    const account = accounts.get(person.userId) ?? newAccount(person.userId);
    const nameKey = foldCase(person.user.userName);
    const rival = rivals.find((other) => other.userNameKey === nameKey && other.userId !== person.userId);
    const holder = account.remoteId === null ? (rival ?? null) : null;
    return planPerson(
      { policy, prepared, nowMs },
      { person, account, holder, decision: toDecision(decisions.get(person.userId)) },
    );
  });
}

type Known = {
  person: PersonInput;
  account: ClaimedAccount;
  holder: Parameters<typeof planAccount>[0]["holder"];
  decision: ReturnType<typeof toDecision>;
};

type By = { policy: ConnectionPolicy; prepared: PreparedPolicy; nowMs: number };

function planPerson(by: By, { person, account, holder, decision }: Known): PlannedPerson {
  const { policy, prepared, nowMs } = by;
  const context = { nowMs, applied: account.applied };
  const wanted = desiredAccount(person, prepared, context);
  // Whoever has access again on their own is not kept by the guard, whatever it says of them.
  const isHeld = keptByGuard(account, person) && (wanted.kind === "absent" || !wanted.active);
  const full = isHeld ? desiredAccount(person, prepared, { ...context, keepsAccess: true }) : wanted;
  const { desired, leftOut } = shapeDesired(policy, full);
  const plan = planAccount({
    desired,
    policy,
    observed: null,
    holder,
    decision,
    removalHeld: isHeld,
    gated: isGated(policy, person),
    link: {
      userId: account.userId,
      externalId: person.user.externalId,
      remoteId: account.remoteId,
      applied: account.applied,
      verify: account.verify,
      lookups: account.lookups,
      leftForMs: account.leftForMs,
      mayHaveTwin: mayHaveTwin(account.twinForMs),
    },
  });
  return { person, desired, plan, isHeld, leftOut };
}

function newAccount(userId: string): ClaimedAccount {
  return {
    userId,
    generation: 0,
    removal: false,
    removalAgeMs: null,
    remoteId: null,
    applied: null,
    verify: false,
    lookups: 0,
    attempts: 0,
    leftForMs: null,
    twinForMs: null,
    traceId: null,
  };
}
