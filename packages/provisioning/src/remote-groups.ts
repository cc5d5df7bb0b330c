import { Refusal } from "@muster/runtime";
import {
  type Database,
  hasRemoteGroup,
  insertAudit,
  inTenant,
  listRemoteGroups,
  listRemoteMembers,
  type RemoteGroupView,
  type RemoteMemberView,
  retryRemoteGroup,
} from "@muster/store";
import type { Owner } from "./connections.ts";

/** Lists the groups that a connection pushes. */
export async function readRemoteGroups(
  deps: { db: Database },
  owner: Owner,
  page: Parameters<typeof listRemoteGroups>[2],
): Promise<RemoteGroupView[]> {
  return await inTenant(deps.db, owner.tenantId, (tx) => listRemoteGroups(tx.last, owner.tenantId, page));
}

/** Lists the members of a pushed group, or refuses with "not found". */
export async function readRemoteMembers(
  deps: { db: Database },
  owner: Owner,
  page: Parameters<typeof listRemoteMembers>[2],
): Promise<RemoteMemberView[]> {
  return await inTenant(deps.db, owner.tenantId, async (tx) => {
    if (!(await hasRemoteGroup(tx, owner.tenantId, page)))
      throw new Refusal("notFound", `This connection pushes no group ${page.groupId}`);
    return await listRemoteMembers(tx.last, owner.tenantId, page);
  });
}

/** Has a pushed group tried again, perhaps linked to a group that the app has; refuses with "not found". */
export async function retryGroup(
  deps: { db: Database },
  owner: Owner,
  group: { connectionId: string; groupId: string; remoteId: string | null },
): Promise<void> {
  const { tenantId, actor } = owner;
  await inTenant(deps.db, tenantId, async (tx) => {
    const isPushed = await retryRemoteGroup(tx, tenantId, group);
    if (!isPushed) {
      const linked = group.remoteId === null ? "" : ", or it is linked already";
      throw new Refusal("notFound", `This connection pushes no group ${group.groupId}${linked}`);
    }
    const action = group.remoteId === null ? "group.retry" : "group.link";
    await insertAudit(tx, tenantId, { actor, action, target: group.groupId });
  });
}
