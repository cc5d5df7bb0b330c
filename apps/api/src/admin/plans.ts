import { operations, type PlanOfEdit, type RequestPlanRequest } from "@muster/contract";
import { type PolicyEdit, readStoredEdit, requestPlan, requirePlan } from "@muster/provisioning";
import { inTenant, listPlans, type PlanRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";
import { toAssignments, toRules } from "./policies.ts";

/** How many people a plan names of each change, unless said. */
export const DEFAULT_NAMES = 20;

/** What an edit would change. */
export const planRoutes: readonly AdminRoute[] = [
  adminRoute(operations.requestPlan, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const input = { proposed: toProposed(body.proposed), names: body.names ?? DEFAULT_NAMES };
    return showPlan(await requestPlan(deps, owner, params.connectionId, input));
  }),
  adminRoute(operations.listPlans, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { connectionId: params.connectionId, before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, (tx) => listPlans(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show: showPlan });
  }),
  adminRoute(operations.getPlan, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    return showPlan(await inTenant(deps.db, owner.tenantId, (tx) => requirePlan(tx, owner, params)));
  }),
];

/** What a request for an edit means, with the defaults of its parts. */
export function toProposed({ assignments, rules, mapping }: RequestPlanRequest["proposed"]): PolicyEdit {
  return {
    ...(assignments === undefined ? {} : { assignments: toAssignments(assignments) }),
    ...(rules === undefined ? {} : { rules: toRules(rules) }),
    ...(mapping === undefined ? {} : { mapping }),
  };
}

/** Shows a plan, with its result once it is done. */
export function showPlan(record: PlanRecord): PlanOfEdit {
  return {
    id: record.id,
    actor: record.actor,
    proposed: readStoredEdit(record.proposed),
    state: record.state,
    reason: record.reason,
    progress: { people: record.people, total: record.total },
    ...(record.result === null ? {} : { result: record.result }),
    createdAt: record.createdAt.toISOString(),
    finishedAt: isoOrNull(record.finishedAt),
  };
}
