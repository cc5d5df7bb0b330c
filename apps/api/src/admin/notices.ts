import { operations } from "@muster/contract";
import { inTenant, listNotices } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What an administrator should know, newest first. */
export const noticeRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listNotices, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const rows = await inTenant(deps.db, tenantId, (tx) =>
      listNotices(tx, tenantId, { before: wanted.after, limit: wanted.limit }),
    );
    return toPage(rows, wanted, { idOf: byId, show: ({ at, ...notice }) => ({ ...notice, at: at.toISOString() }) });
  }),
];
