import { ScimError } from "@muster/scim";
import {
  countMembersUpTo,
  type FoundUser,
  type GroupRecord,
  type GroupReference,
  inTenant,
  type ListRequest,
  listGroups as listGroupRows,
  listGroupsOfUsers,
  listMembers,
  listResources as listResourceRows,
  listUsers as listUserRows,
  type Member,
  type NextPlace,
  type ResourcesRequest,
  type Statements,
  type UserRecord,
} from "@muster/store";
import type { FoundGroup } from "./groups.ts";
import type { DirectoryDeps, DirectoryScope } from "./scope.ts";

/** What a list is asked for; the directory is the scope's. */
export type ListInput = Omit<ListRequest, "directoryId">;
export type ListResourcesInput = Omit<ResourcesRequest, "directoryId"> & { members: boolean };

/** A user or a group, as a list of both shows them. */
export type FoundResource = ({ kind: "User" } & FoundUser) | ({ kind: "Group" } & FoundGroup);

/** A list answer is built in memory: the groups of one page have no more members than this together. */
const MAX_LISTED_MEMBERS = 200_000;

/** Lists users that pass a filter, with their groups: the same number of statements whatever the page. */
export async function listUsers(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: ListInput,
): Promise<{ total: number; users: FoundUser[]; next: NextPlace }> {
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const { total, records, next } = await listUserRows(tx, scope.tenantId, {
      ...input,
      directoryId: scope.directoryId,
    });
    return { total, users: await withGroups(tx, scope, records), next };
  });
}

/**
 * Lists groups that pass a filter; their members only when wanted, all in one statement.
 *
 * @throws {ScimError} 400 `tooMany` when the members of one page would be too many
 */
export async function listGroups(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: ListInput & { members: boolean },
): Promise<{ total: number; groups: FoundGroup[]; next: NextPlace }> {
  const { members, ...request } = input;
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const { total, records, next } = await listGroupRows(tx, scope.tenantId, {
      ...request,
      directoryId: scope.directoryId,
    });
    return { total, groups: await withMembers(tx, scope, records, members), next };
  });
}

/**
 * Lists users and groups together, as the root of the server does (RFC 7644 §3.4.2.1).
 *
 * @throws {ScimError} 400 `tooMany` when the members of one page would be too many
 */
export async function listResources(
  deps: DirectoryDeps,
  scope: DirectoryScope,
  input: ListResourcesInput,
): Promise<{ total: number; resources: FoundResource[]; next: NextPlace }> {
  const { members, ...request } = input;
  return await inTenant(deps.db, scope.tenantId, async (tx) => {
    const listed = await listResourceRows(tx, scope.tenantId, { ...request, directoryId: scope.directoryId });
    const users = listed.resources.flatMap((one) => (one.kind === "User" ? [one.record] : []));
    const groups = listed.resources.flatMap((one) => (one.kind === "Group" ? [one.record] : []));
    const byId = new Map<string, FoundResource>();
    for (const user of await withGroups(tx, scope, users)) byId.set(user.record.id, { kind: "User", ...user });
    for (const group of await withMembers(tx, scope, groups, members))
      byId.set(group.record.id, { kind: "Group", ...group });
    const resources = listed.resources.flatMap(({ record }) => byId.get(record.id) ?? []);
    return { total: listed.total, resources, next: listed.next };
  });
}

async function withGroups(tx: Statements, scope: DirectoryScope, records: readonly UserRecord[]): Promise<FoundUser[]> {
  const ids = records.map((record) => record.id);
  const groups =
    ids.length === 0 ? new Map<string, GroupReference[]>() : await listGroupsOfUsers(tx, scope.tenantId, ids);
  return records.map((record) => ({ record, groups: groups.get(record.id) ?? [] }));
}

async function withMembers(
  tx: Statements,
  scope: DirectoryScope,
  records: readonly GroupRecord[],
  wanted: boolean,
): Promise<FoundGroup[]> {
  if (!wanted || records.length === 0) return records.map((record) => ({ record, members: null }));
  const ids = records.map((record) => record.id);
  if ((await countMembersUpTo(tx, scope.tenantId, { ids, limit: MAX_LISTED_MEMBERS + 1 })) > MAX_LISTED_MEMBERS)
    throw new ScimError(
      400,
      "tooMany",
      `The groups of this page have more than ${MAX_LISTED_MEMBERS} members together; ask with excludedAttributes=members, or for a smaller count`,
    );
  const byGroup = new Map<string, Member[]>(ids.map((id) => [id, []]));
  for (const member of await listMembers(tx, scope.tenantId, ids)) byGroup.get(member.groupId)?.push(member);
  return records.map((record) => ({ record, members: byGroup.get(record.id) ?? [] }));
}
