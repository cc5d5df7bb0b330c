import { type Comparison, operations } from "@muster/contract";
import { beginComparison, requireComparison } from "@muster/provisioning";
import { type ComparisonRecord, inTenant, listComparisons, listFindings } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What the app really holds, compared with what it should hold. */
export const comparisonRoutes: readonly AdminRoute[] = [
  adminRoute(operations.startComparison, async (deps, { scope, params, body }) => {
    const owner = await ownerOfConnection(deps, scope, params.connectionId);
    const id = await beginComparison(deps, owner, params.connectionId, { policy: body.policy ?? null });
    deps.ring(owner.tenantId, { connectionIds: [params.connectionId], removal: false });
    return { id };
  }),
  adminRoute(operations.listComparisons, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const page = { connectionId: params.connectionId, before: wanted.after, limit: wanted.limit };
    const rows = await inTenant(deps.db, tenantId, (tx) => listComparisons(tx, tenantId, page));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getComparison, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const { connectionId, comparisonId } = params;
    return show(await inTenant(deps.db, tenantId, (tx) => requireComparison(tx, tenantId, connectionId, comparisonId)));
  }),
  adminRoute(operations.listFindings, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfConnection(deps, scope, params.connectionId);
    const wanted = readPage(query);
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      await requireComparison(tx, tenantId, params.connectionId, params.comparisonId);
      return await listFindings(tx, tenantId, { ...params, ...wanted, kind: query.kind });
    });
    return toPage(rows, wanted, { idOf: byId, show: (row) => row });
  }),
];

function show(record: ComparisonRecord): Comparison {
  return {
    id: record.id,
    cause: record.cause,
    policy: record.policy,
    state: record.state,
    reason: record.reason,
    progress: { phase: record.phase, listed: record.listed, totalResults: record.totalResults },
    counts: {
      checked: record.checked,
      unsettled: record.unsettled,
      drifted: record.drifted,
      missing: record.missing,
      orphans: record.orphans,
      unexpectedActive: record.unexpectedActive,
      duplicates: record.duplicates,
      repairs: record.repairs,
    },
    createdAt: record.createdAt.toISOString(),
    finishedAt: isoOrNull(record.finishedAt),
  };
}
