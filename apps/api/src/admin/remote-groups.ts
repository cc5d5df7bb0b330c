import { operations, type RemoteGroup } from "@muster/contract";
import { readRemoteGroups, readRemoteMembers, retryGroup } from "@muster/provisioning";
import type { RemoteGroupView } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { readPage, toPage } from "./page.ts";

/** The groups that a connection pushes to its app. */
export const remoteGroupRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listRemoteGroups, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const rows = await readRemoteGroups(deps, owner, { ...params, ...wanted, state: query.state });
    return toPage(rows, wanted, { idOf: (row) => row.groupId, show });
  }),
  adminRoute(operations.listRemoteMembers, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const rows = await readRemoteMembers(deps, owner, { ...params, ...wanted, state: query.state });
    return toPage(rows, wanted, { idOf: (row) => row.userId, show: (row) => row });
  }),
  adminRoute(operations.retryRemoteGroup, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await retryGroup(deps, owner, { ...params, remoteId: body.link ?? null });
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return { rung: 1 };
  }),
];

function show(row: RemoteGroupView): RemoteGroup {
  const { errorClass, lastStatus, ...group } = row;
  return {
    ...group,
    error: errorClass === null ? null : { class: errorClass, status: lastStatus },
    nextAttemptAt: isoOrNull(row.nextAttemptAt),
    updatedAt: row.updatedAt.toISOString(),
  };
}
