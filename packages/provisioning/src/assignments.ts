import { checkCondition, checkDateExpression, findZone, readsGroupNames } from "@muster/mapping";
import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import {
  type Database,
  findPeople,
  insertAudit,
  inTenant,
  listAssignments,
  listScopePeople,
  type PersonBinding,
  replaceAssignments,
  replaceScopePeople,
  type StoredScope,
  type TenantId,
  type Tx,
  updateConnection,
} from "@muster/store";
import { type BoundGroup, bindGroups, type GroupName, toBoundGroup } from "./bind-groups.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** A person as somebody names them. A name that nobody has yet waits for one. */
export type PersonName = { id: string } | { userName: string };
export type BoundPerson = { id: string | null; userName: string | null; bound: boolean };

/** Who is in scope by what they are, and when: any assigned thing is enough, dates are about everybody. */
type Terms = {
  condition?: string;
  starts?: { expression: string; daysBefore: number };
  ends?: { expression: string; graceDays: number };
  timeZone: string;
};
export type Assignments = Terms & { everyone: boolean; groups: BoundGroup[]; people: BoundPerson[] };
export type AssignmentsInput = {
  everyone: boolean;
  groups: GroupName[];
  people?: PersonName[];
  condition?: string;
  starts?: { expression: string; daysBefore?: number };
  ends?: { expression: string; graceDays?: number };
  timeZone?: string;
};

/** Replaces who is in a connection's scope in the caller's transaction, which is to expand the connection. */
export async function saveAssignments(
  tx: Tx,
  { tenantId, actor }: Owner,
  connectionId: string,
  input: AssignmentsInput,
): Promise<void> {
  const scope = toScope(input);
  const { directoryId } = await requireConnection(tx, tenantId, connectionId);
  await replaceAssignments(tx, tenantId, connectionId, await bindGroups(tx, tenantId, directoryId, input.groups));
  const people = await bindUserNames(tx, tenantId, directoryId, input.people ?? []);
  await replaceScopePeople(tx, tenantId, connectionId, people);
  await updateConnection(tx, tenantId, connectionId, {
    everyone: input.everyone,
    scope,
    scopeReadsNames: scope.condition !== undefined && readsGroupNames(scope.condition),
    awaitsPeople: people.some(({ userId }) => userId === null),
  });
  await insertAudit(tx, tenantId, { actor, action: "assignments.put", target: connectionId });
}

/** What is kept of an input; refuses what cannot be evaluated. */
function toScope({ condition, starts, ends, timeZone }: AssignmentsInput): StoredScope {
  const problem = condition === undefined ? null : checkCondition(condition);
  if (problem !== null) throw new Refusal("invalid", `condition cannot be used. ${problem.message}`);
  for (const [name, date] of Object.entries({ starts, ends })) {
    const found = date === undefined ? null : checkDateExpression(date.expression);
    if (found !== null) throw new Refusal("invalid", `${name}.expression cannot be used. ${found.message}`);
  }
  if (timeZone !== undefined && findZone(timeZone) === undefined)
    throw new Refusal("invalid", `timeZone "${timeZone}" is unknown: use an IANA name such as Europe/Berlin`);
  return {
    ...(condition === undefined ? {} : { condition }),
    ...(starts === undefined ? {} : { starts: { expression: starts.expression, days: starts.daysBefore ?? 0 } }),
    ...(ends === undefined ? {} : { ends: { expression: ends.expression, days: ends.graceDays ?? 0 } }),
    ...(timeZone === undefined ? {} : { timeZone }),
  };
}

/** Binds names to the people who have them now; an id must name somebody of this directory. */
export async function bindUserNames(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  names: readonly PersonName[],
): Promise<PersonBinding[]> {
  if (names.length === 0) return [];
  const found = await findPeople(tx, tenantId, directoryId, {
    ids: names.flatMap((name) => ("id" in name ? [name.id] : [])),
    userNames: names.flatMap((name) => ("id" in name ? [] : [name.userName])),
  });
  const [ids, byName] = [new Set(found.map(({ id }) => id)), new Map(found.map((one) => [one.userNameKey, one.id]))];
  return names.map((name) => {
    if (!("id" in name)) return { userId: byName.get(foldCase(name.userName)) ?? null, userName: name.userName };
    if (!ids.has(name.id)) throw new Refusal("invalid", `This connection's directory has no person ${name.id}`);
    return { userId: name.id, userName: null };
  });
}

/** Reads who is in a connection's scope. */
export async function getAssignments(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Assignments> {
  return await inTenant(deps.db, owner.tenantId, (tx) => readAssignments(tx, owner.tenantId, connectionId));
}

/** The same, as a part of the caller's transaction. */
export async function readAssignments(tx: Tx, tenantId: TenantId, connectionId: string): Promise<Assignments> {
  const { everyone, scope } = await requireConnection(tx, tenantId, connectionId);
  const groups = await listAssignments(tx, tenantId, connectionId);
  const people = await listScopePeople(tx, tenantId, connectionId);
  const { condition, starts, ends, timeZone } = scope;
  return {
    everyone,
    groups: groups.map(toBoundGroup),
    people: people.map(({ userId, userName, currentName }) => ({
      id: userId,
      userName: currentName ?? userName,
      bound: userId !== null,
    })),
    ...(condition === undefined ? {} : { condition }),
    ...(starts === undefined ? {} : { starts: { expression: starts.expression, daysBefore: starts.days } }),
    ...(ends === undefined ? {} : { ends: { expression: ends.expression, graceDays: ends.days } }),
    timeZone: timeZone ?? "UTC",
  };
}
