import { type PreparedPolicy, usesVariable } from "@muster/mapping";
import { type ConnectionPolicy, getPeople, listGroupNames, type PersonInput, type Tx } from "@muster/store";
import { groupsThatMatter } from "./gate.ts";

/** Reads people with everything that decides about them; the names of all their groups only where an expression uses them. */
export async function readPeople(
  tx: Tx,
  lane: { tenantId: string; connectionId: string },
  { policy, prepared }: { policy: ConnectionPolicy; prepared: PreparedPolicy },
  userIds: readonly string[],
): Promise<Map<string, PersonInput>> {
  const people = await getPeople(tx, lane, userIds, groupsThatMatter(policy));
  await nameGroups(tx, lane.tenantId, people, [prepared]);
  return people;
}

/** Adds the names of people's groups where any of these policies uses them. */
export async function nameGroups(
  tx: Tx,
  tenantId: string,
  people: Map<string, PersonInput>,
  policies: readonly PreparedPolicy[],
): Promise<void> {
  if (!policies.some((prepared) => usesVariable(prepared, "groups"))) return;
  const names = await listGroupNames(tx, tenantId, [...people.keys()]);
  for (const [userId, person] of people) people.set(userId, { ...person, groupNames: names.get(userId) ?? [] });
}
