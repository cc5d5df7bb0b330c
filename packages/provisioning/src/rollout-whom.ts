import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import { findGroups, findPeople, type TenantId, type Tx } from "@muster/store";
import type { PersonName } from "./assignments.ts";
import type { GroupName } from "./bind-groups.ts";

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
  const named = await findPeople(tx, tenantId, directoryId, {
    ids: people.flatMap((one) => ("id" in one ? [one.id] : [])),
    userNames: people.flatMap((one) => ("id" in one ? [] : [one.userName])),
  });
  const found = await findGroups(tx, tenantId, directoryId, {
    ids: groups.flatMap((one) => ("id" in one ? [one.id] : [])),
    displayNames: groups.flatMap((one) => ("id" in one ? [] : [one.displayName])),
  });
  return {
    userIds: people.map((one) => {
      const match = named.find((person) =>
        "id" in one ? person.id === one.id : person.userNameKey === foldCase(one.userName),
      );
      if (match !== undefined) return match.id;
      throw new Refusal(
        "invalid",
        `This connection's directory has no person ${"id" in one ? one.id : `"${one.userName}"`}`,
      );
    }),
    groupIds: groups.map((one) => {
      const match = found.find((group) =>
        "id" in one ? group.id === one.id : foldCase(group.displayName) === foldCase(one.displayName),
      );
      if (match !== undefined) return match.id;
      throw new Refusal(
        "invalid",
        `This connection's directory has no group ${"id" in one ? one.id : `"${one.displayName}"`}`,
      );
    }),
  };
}
