import { appOf, isTaken } from "@muster/connectors";
import { type DesiredAccount, desiredAccount, type PreparedPolicy } from "@muster/mapping";
import {
  type ClaimedAccount,
  type ConnectionPolicy,
  getDecisions,
  getRivals,
  type PersonInput,
  readAccounts,
  type StoredApproval,
  type Tx,
} from "@muster/store";
import type { AccountPlan, PlanInput } from "./account-plan.ts";
import { readApprovals } from "./approval-changes.ts";
import { toDecision } from "./conflict-changes.ts";
import { isGated } from "./gate.ts";
import { keptByGuard } from "./holds.ts";
import { claimName, type NameClaim, wantedNames } from "./name-holders.ts";
import { planAccount } from "./plan-account.ts";
import { readPeople } from "./read-people.ts";
import { isSeatless, readSeatBook, type SeatBook } from "./seats.ts";
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

/** `seats` says for all chunks of one plan who would get a seat; without, those that are free are read. */
export type PlanBy = { policy: ConnectionPolicy; prepared: PreparedPolicy; nowMs: number; seats?: SeatBook | null };

/** Plans some people as a drain would, from what is stored, in a few statements whatever their number; nothing is written. */
export async function planPeople(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  by: PlanBy,
  userIds: readonly string[],
): Promise<PlannedPerson[]> {
  const { prepared, nowMs } = by;
  const { tenantId, connectionId } = lane;
  const [accounts, people] = await Promise.all([readAccounts(tx, lane, userIds), readPeople(tx, lane, by, userIds)]);
  const unlinked = [...people.values()].filter((person) => (accounts.get(person.userId)?.remoteId ?? null) === null);
  const names = new Map(
    unlinked.map((person) => [person.userId, wantedNames({ person, prepared, nowMs, applied: null })]),
  );
  const seats = by.seats === undefined ? await readSeatBook(tx, lane, by.policy) : by.seats;
  const [rivals, decisions, approvals] = await Promise.all([
    getRivals(tx, tenantId, connectionId, [...names.values()].flat()),
    getDecisions(
      tx,
      tenantId,
      connectionId,
      unlinked.map((person) => person.userId),
    ),
    readApprovals(tx, lane, by.policy, userIds),
  ]);
  return [...people.values()].map((person) => {
    const account = accounts.get(person.userId) ?? newAccount(person.userId);
    const claim = claimName(person.userId, names.get(person.userId) ?? [], rivals);
    const decision = toDecision(decisions.get(person.userId));
    const approval = approvals.get(person.userId) ?? null;
    return planPerson({ ...by, seats }, { person, account, claim, decision, approval });
  });
}

type Known = {
  person: PersonInput;
  account: ClaimedAccount;
  claim: NameClaim;
  decision: ReturnType<typeof toDecision>;
  approval: StoredApproval | null;
};

function planPerson(
  by: PlanBy & { seats: SeatBook | null },
  { person, account, claim, decision, approval }: Known,
): PlannedPerson {
  const { policy, prepared, nowMs } = by;
  const context = { nowMs, applied: account.applied, taken: claim.taken };
  const wanted = desiredAccount(person, prepared, context);
  // Whoever has access again on their own is not kept by the guard, whatever it says of them.
  const isHeld = keptByGuard(account, person) && (wanted.kind === "absent" || !wanted.active);
  const full = isHeld ? desiredAccount(person, prepared, { ...context, keepsAccess: true }) : wanted;
  const { desired, leftOut } = shapeDesired(policy, full);
  const input: PlanInput = {
    desired,
    policy,
    observed: null,
    holder: claim.holder,
    decision,
    removalHeld: isHeld,
    gated: isGated(policy, person),
    seatless: isSeatless(policy, account),
    approval,
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
  };
  const first = planAccount(input);
  const isLetIn = first.kind === "waitlisted" && by.seats?.takes(account) === true;
  const plan = isLetIn ? planAccount({ ...input, seatless: false }) : first;
  const notTaken = [...new Set([...leftOut, ...untaken(policy, person)])];
  return { person, desired, plan, isHeld, leftOut: notTaken };
}

/** What the person has and the app does not take, whether or not the mapping speaks of it. */
function untaken(policy: ConnectionPolicy, { user }: PersonInput): string[] {
  const { takes } = appOf(policy).users;
  if (takes === null) return [];
  return Object.entries(user.attributes).flatMap(([name, value]) =>
    value === null || isTaken(name, takes) || BY_RULES.has(name) ? [] : [name],
  );
}
const BY_RULES: ReadonlySet<string> = new Set(["roles", "entitlements"]);

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
    linkedForMs: null,
    traceId: null,
    seated: false,
    waits: false,
  };
}
