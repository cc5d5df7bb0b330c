import { type GroupView, operations, type UserView } from "@muster/contract";
import { Refusal } from "@muster/runtime";
import { maxIdentifierCharacters } from "@muster/scim";
import {
  type GroupRecord,
  type GroupReference,
  inTenant,
  listGroupsOfUsers,
  pageGroups,
  pageMembers,
  pageParkedMembers,
  pageUsers,
  type Statements,
  type TenantId,
  type UserRecord,
} from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** The people and groups of a tenant, over all its directories. */
export const peopleRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listUsers, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const { rows, groups } = await inTenant(deps.db, tenantId, async (tx) => {
      const { userName, search, directoryId } = query;
      const records = await pageUsers(tx, tenantId, { ...wanted, userName, search, directoryId });
      return { rows: records, groups: await listGroupsOfUsers(tx, tenantId, records.map(byId)) };
    });
    return toPage(rows, wanted, { idOf: byId, show: (row) => showUser(row, groups.get(row.id) ?? []) });
  }),
  adminRoute(operations.getUser, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    return await inTenant(deps.db, tenantId, async (tx) => {
      const [user] = await pageUsers(tx, tenantId, { id: params.userId, after: undefined, limit: 1 });
      if (user === undefined) throw new Refusal("notFound", `There is no person ${params.userId}`);
      const groups = await listGroupsOfUsers(tx, tenantId, [user.id]);
      return { ...showUser(user, groups.get(user.id) ?? []), attributes: { ...user.user.attributes } };
    });
  }),
  adminRoute(operations.listGroups, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const { search, directoryId } = query;
    const rows = await inTenant(deps.db, tenantId, (tx) =>
      pageGroups(tx, tenantId, { ...wanted, search, directoryId }),
    );
    return toPage(rows, wanted, { idOf: byId, show: showGroup });
  }),
  adminRoute(operations.getGroup, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    return showGroup(await inTenant(deps.db, tenantId, (tx) => requireGroup(tx, tenantId, params.groupId)));
  }),
  adminRoute(operations.listGroupMembers, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      await requireGroup(tx, tenantId, params.groupId);
      return await pageMembers(tx, tenantId, { groupId: params.groupId, ...wanted });
    });
    return toPage(rows, wanted, {
      idOf: byId,
      show: ({ id, userName, displayName, active }) => ({ id, userName, displayName, active }),
    });
  }),
  adminRoute(operations.listParkedMembers, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query, isParked);
    const after = wanted.after?.slice(PARKED.length);
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      await requireGroup(tx, tenantId, params.groupId);
      return await pageParkedMembers(tx, tenantId, { groupId: params.groupId, after, limit: wanted.limit });
    });
    return toPage(rows, wanted, {
      idOf: (row) => `${PARKED}${row.value}`,
      show: ({ value, createdAt }) => ({ value, createdAt: createdAt.toISOString() }),
    });
  }),
];

// A parked value may be any text, so what a page token holds begins with a mark of its own.
const PARKED = "parked:";
const isParked = (text: string): boolean =>
  text.startsWith(PARKED) && text.length <= PARKED.length + maxIdentifierCharacters && !text.includes("\0");

async function requireGroup(
  tx: Statements,
  tenantId: TenantId,
  groupId: string,
): Promise<GroupRecord & { memberCount: number }> {
  const [group] = await pageGroups(tx, tenantId, { id: groupId, limit: 1 });
  if (group === undefined) throw new Refusal("notFound", `There is no group ${groupId}`);
  return group;
}

function showUser(record: UserRecord, groups: readonly GroupReference[]): UserView {
  const { displayName } = record.user.attributes;
  return {
    id: record.id,
    userName: record.user.userName,
    externalId: record.user.externalId,
    active: record.user.active,
    displayName: typeof displayName === "string" ? displayName : null,
    directoryId: record.directoryId,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    groups: groups.map((group) => ({ id: group.id, displayName: group.displayName, type: group.type })),
  };
}

function showGroup(record: GroupRecord & { memberCount: number }): GroupView {
  return {
    id: record.id,
    displayName: record.group.displayName,
    externalId: record.group.externalId,
    directoryId: record.directoryId,
    memberCount: record.memberCount,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
