import { operations } from "@muster/contract";
import { inTenant, listAudit } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** Who changed what in a tenant, newest first. */
export const auditRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listAudit, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const rows = await inTenant(deps.db, tenantId, (tx) =>
      listAudit(tx, tenantId, { before: wanted.after, limit: wanted.limit }),
    );
    return toPage(rows, wanted, {
      idOf: byId,
      show: ({ at, ...entry }) => ({ ...entry, at: at.toISOString() }),
    });
  }),
];
