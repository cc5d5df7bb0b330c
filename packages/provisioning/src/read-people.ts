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
  if (!usesVariable(prepared, "groups")) return people;
  const names = await listGroupNames(tx, lane.tenantId, userIds);
  for (const [userId, person] of people) people.set(userId, { ...person, groupNames: names.get(userId) ?? [] });
  return people;
}
