import type { Filter } from "@muster/scim";
import {
  type FoundUser,
  type GroupRecord,
  type GroupReference,
  inTenant,
  listGroups as listGroupRows,
  listGroupsOfUsers,
  listMembers,
  listUsers as listUserRows,
} from "@muster/store";
import type { FoundGroup } from "./groups.ts";
import type { DirectoryDeps, DirectoryScope } from "./scope.ts";

export type ListInput = { filter: Filter | null; startIndex: number; count: number };

/** Lists users that pass a filter, with their groups: the same number of statements whatever the page. */
export async function listUsers(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: ListInput,
): Promise<{ total: number; users: FoundUser[] }> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const { total, records } = await listUserRows(tx, scope.tenantId, { ...input, directoryId: scope.directoryId });
    const groups =
      records.length === 0
        ? new Map<string, GroupReference[]>()
        : await listGroupsOfUsers(
            tx,
            scope.tenantId,
            records.map((record) => record.id),
          );
    return { total, users: records.map((record) => ({ record, groups: groups.get(record.id) ?? [] })) };
  });
}

/** Lists groups that pass a filter; their members only when wanted, all in one statement. */
export async function listGroups(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: ListInput & { members: boolean },
): Promise<{ total: number; groups: FoundGroup[] }> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const { total, records } = await listGroupRows(tx, scope.tenantId, { ...input, directoryId: scope.directoryId });
    if (!input.members || records.length === 0)
      return { total, groups: records.map((record) => ({ record, members: null })) };
    const members = await listMembers(
      tx,
      scope.tenantId,
      records.map((record) => record.id),
    );
    const of = (record: GroupRecord): FoundGroup => ({
      record,
      members: members.filter((member) => member.groupId === record.id),
    });
    return { total, groups: records.map(of) };
  });
}
