import { type PreparedPolicy, usesVariable } from "@muster/mapping";
import {
  type ConnectionPolicy,
  getGroupNames,
  getManualRoles,
  getPeople,
  type PersonInput,
  type TenantId,
  type Tx,
} from "@muster/store";
import { groupsThatMatter } from "./gate.ts";

type By = { policy: ConnectionPolicy; prepared: PreparedPolicy };

/** Reads everything that decides about people of a connection, in a few statements whatever their number. */
export async function readPeople(
  tx: Tx,
  lane: { tenantId: TenantId; connectionId: string },
  by: By,
  userIds: readonly string[],
): Promise<Map<string, PersonInput>> {
  return await readPeopleFor(tx, lane, [by], userIds);
}

/** Reads everything that decides about people by any of several policies. */
export async function readPeopleFor(
  tx: Tx,
  lane: { tenantId: TenantId; connectionId: string },
  policies: readonly By[],
  userIds: readonly string[],
): Promise<Map<string, PersonInput>> {
  const readsNames = policies.some(
    ({ policy, prepared }) =>
      policy.readsNames || policy.rollout?.policy.readsNames === true || usesVariable(prepared, "groups"),
  );
  const readsRoles = policies.some(({ policy }) => policy.manualRoles || policy.rollout?.policy.manualRoles === true);
  const groupIds = [...new Set(policies.flatMap(({ policy }) => groupsThatMatter(policy)))];
  // People last: what was read before them is no newer than what the guard says of them.
  const [names, manual, people] = await Promise.all([
    readsNames ? getGroupNames(tx, lane.tenantId, userIds) : null,
    readsRoles ? getManualRoles(tx, lane, userIds) : null,
    getPeople(tx, lane, userIds, groupIds),
  ]);
  if (names === null && manual === null) return people;
  for (const [userId, person] of people) {
    const [groupNames = [], manualRoles = []] = [names?.get(userId), manual?.get(userId)];
    people.set(userId, { ...person, groupNames, manualRoles });
  }
  return people;
}
