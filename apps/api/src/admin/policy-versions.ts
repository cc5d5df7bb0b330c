import { operations, type PolicyVersionEntry } from "@muster/contract";
import { changesBetween, type Owner, readStoredEdit, requireVersion, restoreVersion } from "@muster/provisioning";
import { inTenant, listPolicyVersions, type PolicyVersion } from "@muster/store";
import type { ApiDeps } from "../api-deps.ts";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What decided a connection's accounts, version by version. */
export const policyVersionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listPolicyVersions, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { connectionId: params.connectionId, before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, (tx) => listPolicyVersions(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getPolicyVersion, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const version = await inTenant(deps.db, tenantId, (tx) => requireVersion(tx, tenantId, params));
    return { ...show(version), policy: readStoredEdit(version.policy) };
  }),
  adminRoute(operations.getPolicyChanges, async (deps, { scope, params, query }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const { since, version, changes } = await changesBetween(deps, owner, params, query.since);
    return { since: since.number, number: version.number, changes };
  }),
  adminRoute(operations.restorePolicyVersion, async (deps, { scope, params }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    await restoreVersion(deps, owner, params.connectionId, params.versionId);
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return await latestVersion(deps, owner, params.connectionId);
  }),
];

/** Shows what was saved last. */
export async function latestVersion(
  deps: Pick<ApiDeps, "db">,
  { tenantId }: Owner,
  connectionId: string,
): Promise<PolicyVersionEntry> {
  const page = { connectionId, before: undefined, limit: 1 };
  const [latest] = await inTenant(deps.db, tenantId, (tx) => listPolicyVersions(tx, tenantId, page));
  if (latest === undefined) throw new Error("A policy that was saved has a version");
  return show(latest);
}

const show = ({ id, number, at, actor, cause, traceId, staged }: PolicyVersion): PolicyVersionEntry => ({
  id,
  number,
  at: at.toISOString(),
  actor,
  cause,
  traceId,
  staged,
});
