import { type ManualRoles, operations } from "@muster/contract";
import { getLockoutGuard, getManualRoles, putLockoutGuard, putManualRoles } from "@muster/provisioning";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";

/** Whom no change may lock out, and roles by hand. */
export const lockoutRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getLockoutGuard, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await getLockoutGuard(deps, owner, params.connectionId);
  }),
  adminRoute(operations.putLockoutGuard, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { people: body.people ?? [], roles: body.roles ?? [] };
    const settings = await putLockoutGuard(deps, owner, params.connectionId, input);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return settings;
  }),
  adminRoute(operations.getManualRoles, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return show(await getManualRoles(deps, owner, params));
  }),
  adminRoute(operations.putManualRoles, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const roles = await putManualRoles(deps, owner, params, { grant: body.grant ?? [], remove: body.remove ?? [] });
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return show(roles);
  }),
];

function show(roles: Awaited<ReturnType<typeof getManualRoles>>): ManualRoles {
  return { roles: roles.map(({ role, effect, actor, at }) => ({ role, effect, by: actor, at: at.toISOString() })) };
}
