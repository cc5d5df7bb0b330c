import { Refusal } from "@muster/runtime";
import type { TenantId, Tx } from "@muster/store";
import { bindUserNames, type PersonName } from "./assignments.ts";
import { bindGroups, type GroupName } from "./bind-groups.ts";

/** On whom an edit is tried out: single people, and whoever is in one of these groups. */
export type RolloutWhom = { people: readonly PersonName[]; groups: readonly GroupName[] };

/** Finds those whom somebody names; all must be there, because nothing is tried out on whoever may come. */
export async function bindWhom(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  { people, groups }: RolloutWhom,
): Promise<{ userIds: string[]; groupIds: string[] }> {
  if (people.length + groups.length === 0)
    throw new Refusal("invalid", "people and groups are empty: name at least one person or group to try it out on");
  const named = await bindUserNames(tx, tenantId, directoryId, people);
  const found = await bindGroups(tx, tenantId, directoryId, groups);
  return {
    userIds: named.map(({ userId, userName }) => userId ?? refuseMissing("person", userName)),
    groupIds: found.map(({ groupId, displayName }) => groupId ?? refuseMissing("group", displayName)),
  };
}

function refuseMissing(what: "person" | "group", name: string | null): never {
  throw new Refusal("invalid", `This connection's directory has no ${what} "${name}"`);
}
