import { operations } from "@muster/contract";
import { getAssignments, getRules, putAssignments, putRules } from "@muster/provisioning";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";

/** Who gets an account through a connection, and with which roles. */
export const policyRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getAssignments, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await getAssignments(deps, owner, params.connectionId);
  }),
  adminRoute(operations.putAssignments, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { ...body, everyone: body.everyone ?? false, groups: body.groups ?? [] };
    const assignments = await putAssignments(deps, owner, params.connectionId, input);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return assignments;
  }),
  adminRoute(operations.getRules, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await getRules(deps, owner, params.connectionId);
  }),
  adminRoute(operations.putRules, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { ...body, defaultRole: body.defaultRole ?? null };
    const rules = await putRules(deps, owner, params.connectionId, input);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return rules;
  }),
];
