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

/** Reads everything that decides about people of a connection by its policy, or by each of several, in a few statements whatever their number. */
export async function readPeople(
  tx: Tx,
  lane: { tenantId: TenantId; connectionId: string },
  policies: readonly ConnectionPolicy[],
  userIds: readonly string[],
): Promise<Map<string, PersonInput>> {
  // People last: what was read before them is no newer than what the guard says of them.
  const [names, manual, people] = await Promise.all([
    policies.some(({ readsNames }) => readsNames) ? getGroupNames(tx, lane.tenantId, userIds) : null,
    policies.some(({ manualRoles }) => manualRoles) ? getManualRoles(tx, lane, userIds) : null,
    getPeople(tx, lane, userIds, [...new Set(policies.flatMap(groupsThatMatter))]),
  ]);
  if (names === null && manual === null) return people;
  for (const [userId, person] of people) {
    const [groupNames = [], manualRoles = []] = [names?.get(userId), manual?.get(userId)];
    people.set(userId, { ...person, groupNames, manualRoles });
  }
  return people;
}
