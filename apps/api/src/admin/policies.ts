import { operations, type PutAssignmentsRequest, type PutRulesRequest } from "@muster/contract";
import {
  type AssignmentsInput,
  getAssignments,
  getRules,
  putAssignments,
  putRules,
  type RulesInput,
} from "@muster/provisioning";
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
    const assignments = await putAssignments(deps, owner, params.connectionId, toAssignments(body));
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return assignments;
  }),
  adminRoute(operations.getRules, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return await getRules(deps, owner, params.connectionId);
  }),
  adminRoute(operations.putRules, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const rules = await putRules(deps, owner, params.connectionId, toRules(body));
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return rules;
  }),
];

/** What a request for assignments means, with its defaults. */
export function toAssignments(body: PutAssignmentsRequest): AssignmentsInput {
  return { ...body, everyone: body.everyone ?? false, groups: body.groups ?? [] };
}

/** What a request for rules means, with its defaults. */
export function toRules(body: PutRulesRequest): RulesInput {
  return { ...body, defaultRole: body.defaultRole ?? null };
}
