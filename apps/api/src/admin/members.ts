import { type Member, operations } from "@muster/contract";
import { changeMemberRole, inviteMember, removeMember } from "@muster/directory";
import { inWorkspace, listWorkspaceMembers, type MemberView } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { byId, readPage, toPage } from "./page.ts";

const DEFAULT_DAYS = 7;
const DAY_S = 86_400;

/** Who signs in to the console, and what they may do. */
export const memberRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createMember, async (deps, { scope, body }) => {
    const { email, role, expiresInDays = DEFAULT_DAYS } = body;
    return show(await inviteMember(deps, scope, { email, role, lifetimeS: expiresInDays * DAY_S }));
  }),
  adminRoute(operations.listMembers, async (deps, { scope: { workspaceId }, query }) => {
    const wanted = { ...readPage(query), removed: query.removed === "true" };
    const rows = await inWorkspace(deps.db, workspaceId, (tx) => listWorkspaceMembers(tx, workspaceId, wanted));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.updateMember, async (deps, { scope, params, body }) =>
    show(await changeMemberRole(deps, scope, { ...params, ...body })),
  ),
  adminRoute(operations.deleteMember, async (deps, { scope, params }) => {
    await removeMember(deps, scope, params.memberId);
    return undefined;
  }),
];

function show(member: MemberView): Member {
  const { createdAt, invitedUntil, joinedAt, seenAt, removedAt, ...rest } = member;
  return {
    ...rest,
    createdAt: createdAt.toISOString(),
    invitedUntil: invitedUntil.toISOString(),
    joinedAt: isoOrNull(joinedAt),
    seenAt: isoOrNull(seenAt),
    removedAt: isoOrNull(removedAt),
  };
}
