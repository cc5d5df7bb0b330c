import { Refusal } from "@muster/runtime";
import { foldCase } from "@muster/scim";
import { findGroups, type GroupBinding, type TenantId, type Tx } from "@muster/store";

/** A group as a person names it. A name that no group has yet waits for one. */
export type GroupName = { id: string } | { displayName: string };

/** A group as an assignment or rule has it now. */
export type BoundGroup = { id: string | null; displayName: string | null; bound: boolean };

/** Shows a binding with the group's present name. */
export function toBoundGroup(row: GroupBinding & { currentName: string | null }): BoundGroup {
  return { id: row.groupId, displayName: row.currentName ?? row.displayName, bound: row.groupId !== null };
}

/** Binds names to the groups that have them now; an id must name a group of this directory. */
export async function bindGroups(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  names: readonly GroupName[],
): Promise<GroupBinding[]> {
  const found = await findGroups(tx, tenantId, directoryId, {
    ids: names.flatMap((name) => ("id" in name ? [name.id] : [])),
    displayNames: names.flatMap((name) => ("id" in name ? [] : [name.displayName])),
  });
  return names.map((name) => {
    if ("id" in name) {
      if (!found.some((group) => group.id === name.id))
        throw new Refusal("invalid", `This connection's directory has no group ${name.id}`);
      return { groupId: name.id, displayName: null };
    }
    const key = foldCase(name.displayName);
    const group = found.find((candidate) => foldCase(candidate.displayName) === key);
    return { groupId: group?.id ?? null, displayName: name.displayName };
  });
}
