import { type App, operations } from "@muster/contract";
import { createApp } from "@muster/directory";
import { Refusal } from "@muster/runtime";
import { type AppRecord, inWorkspace, listApps } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { byId, readPage, toPage } from "./page.ts";

/** The apps that a workspace provisions people to. */
export const appRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createApp, async (deps, { scope, body }) =>
    show(await createApp(deps, scope, { name: body.name, roles: body.roles ?? [] })),
  ),
  adminRoute(operations.listApps, async (deps, { scope, query }) => {
    const wanted = readPage(query);
    const rows = await inWorkspace(deps.db, scope.workspaceId, (tx) => listApps(tx, scope.workspaceId, wanted));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getApp, async (deps, { scope, params }) => {
    const [app] = await inWorkspace(deps.db, scope.workspaceId, (tx) =>
      listApps(tx, scope.workspaceId, { id: params.appId, limit: 1 }),
    );
    if (app === undefined) throw new Refusal("notFound", `There is no app ${params.appId}`);
    return show(app);
  }),
];

function show(app: AppRecord): App {
  return { id: app.id, name: app.name, roles: app.roles, createdAt: app.createdAt.toISOString() };
}
