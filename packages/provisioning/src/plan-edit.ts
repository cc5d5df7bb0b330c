import { type DesiredAccount, desiredAccount, type PreparedPolicy, type PreparePolicy } from "@muster/mapping";
import type { Clock } from "@muster/runtime";
import {
  type ChangeKind,
  type ClaimedAccount,
  type ConnectionPolicy,
  countCandidates,
  type Database,
  type EditPlan,
  inTenant,
  type PersonInput,
  pageCandidates,
  readAccounts,
  type Tx,
} from "@muster/store";
import { candidatesOf } from "./candidates-of.ts";
import { type Change, describeChange, hasAccess } from "./describe-change.ts";
import { guardThreshold } from "./guard-threshold.ts";
import { readPeopleFor } from "./read-people.ts";
import { shapeDesired } from "./shape-desired.ts";
import { walkPeople } from "./walk-people.ts";

export type Edit = {
  before: ConnectionPolicy;
  after: ConnectionPolicy;
  guardPercent: number;
  /** How many people are named of each kind of change. */
  names: number;
};

/**
 * Computes for everybody what should be before and after an edit and counts the differences. Nothing is written and no app is
 * asked; each chunk is read in a transaction of its own, so a plan of many people is of no single moment.
 *
 * @param progress called after each chunk; false ends the plan, and the answer is undefined
 */
export async function planEdit(
  deps: { db: Database; clock: Clock; prepare: PreparePolicy },
  lane: { tenantId: string; connectionId: string },
  edit: Edit,
  progress: (people: number, total: number) => Promise<boolean>,
): Promise<EditPlan | undefined> {
  const of = candidatesOf([edit.before, edit.after]);
  const by: By = {
    edit,
    before: deps.prepare(edit.before),
    after: deps.prepare(edit.after),
    nowMs: deps.clock.now().getTime(),
  };
  const count = startCount(edit.names);
  const total = await inTenant(deps.db, lane.tenantId, (tx) => countCandidates(tx.last, lane, of));
  const isWhole = await walkPeople(async (page) => {
    const read = await inTenant(deps.db, lane.tenantId, async (tx) => {
      const userIds = await pageCandidates(tx, lane, of, page);
      if (userIds.length > 0) await addPeople(tx, lane, by, { userIds, count });
      return userIds;
    });
    return (await progress(count.plan.people, total)) ? read : undefined;
  });
  return isWhole ? finish(count, edit) : undefined;
}

type By = { edit: Edit; before: PreparedPolicy; after: PreparedPolicy; nowMs: number };

type Count = {
  plan: Omit<EditPlan, "guard" | "changes" | "roles">;
  changes: Map<ChangeKind, EditPlan["changes"][number]>;
  roles: Map<string, EditPlan["roles"][number]>;
  names: number;
  losing: number;
  /** In scope afterwards among those who have an account: what the guard measures a loss by. */
  staying: number;
};

function startCount(names: number): Count {
  return {
    plan: { people: 0, inScopeBefore: 0, inScopeAfter: 0 },
    changes: new Map(),
    roles: new Map(),
    names,
    losing: 0,
    staying: 0,
  };
}

async function addPeople(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  by: By,
  { userIds, count }: { userIds: readonly string[]; count: Count },
): Promise<void> {
  const policies = [
    { policy: by.edit.before, prepared: by.before },
    { policy: by.edit.after, prepared: by.after },
  ];
  const [accounts, people] = await Promise.all([
    readAccounts(tx, lane, userIds),
    readPeopleFor(tx, lane, policies, userIds),
  ]);
  for (const person of people.values()) addPerson(count, by, person, accounts.get(person.userId));
}

function addPerson(count: Count, by: By, person: PersonInput, account: ClaimedAccount | undefined): void {
  const context = { nowMs: by.nowMs, applied: account?.applied ?? null };
  const before = asTaken(by.edit.before, desiredAccount(person, by.before, context));
  const after = asTaken(by.edit.after, desiredAccount(person, by.after, context));
  const inScopeAfter = hasAccess(after);
  count.plan.people += 1;
  if (hasAccess(before)) count.plan.inScopeBefore += 1;
  if (inScopeAfter) count.plan.inScopeAfter += 1;
  if (inScopeAfter && account !== undefined) count.staying += 1;
  else if (isLosing(person, account, { edit: by.edit, after })) count.losing += 1;
  const change = describeChange(before, after);
  if (change !== null) addChange(count, person, change);
}

/** What the app can hold of it: one that takes no roles is not told of any. */
function asTaken(policy: ConnectionPolicy, full: DesiredAccount): DesiredAccount {
  const { desired, leftOut } = shapeDesired(policy, full);
  return desired.kind === "present" && leftOut.includes("roles") ? { ...desired, roles: [] } : desired;
}

/** As the guard counts an edit: who has an account that is not known to be inactive, unless an earlier cause holds it already. */
function isLosing(
  person: PersonInput,
  account: ClaimedAccount | undefined,
  { edit, after }: { edit: Edit; after: DesiredAccount },
): boolean {
  if (!person.user.active || person.deleted) return false;
  // Whom the mapping makes inactive loses access also where those who leave keep it.
  if (edit.after.onLeave === "leave" && after.kind === "absent") return false;
  return (account?.remoteId ?? null) !== null && account?.applied?.active !== false && person.removalHold !== "held";
}

function addChange(count: Count, person: PersonInput, { kind, ...change }: Change): void {
  const entry = count.changes.get(kind) ?? { change: kind, count: 0, first: [] };
  count.changes.set(kind, entry);
  entry.count += 1;
  if (entry.first.length < count.names)
    entry.first.push({ userId: person.userId, userName: person.user.userName, ...change });
  for (const role of change.rolesAfter) if (!change.rolesBefore.includes(role)) roleOf(count, role).gain += 1;
  for (const role of change.rolesBefore) if (!change.rolesAfter.includes(role)) roleOf(count, role).lose += 1;
}

function roleOf({ roles }: Count, role: string): EditPlan["roles"][number] {
  const entry = roles.get(role) ?? { role, gain: 0, lose: 0 };
  roles.set(role, entry);
  return entry;
}

function finish({ plan, changes, roles, losing, staying }: Count, edit: Edit): EditPlan {
  const threshold = guardThreshold(staying + losing, edit.guardPercent);
  return {
    ...plan,
    changes: [...changes.values()],
    roles: [...roles.values()],
    guard: { losing, threshold, wouldHold: losing > threshold },
  };
}
