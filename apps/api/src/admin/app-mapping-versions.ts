import { type AppMappingVersionEntry, operations } from "@muster/contract";
import {
  appMappingChanges,
  readAppMappingVersion,
  readAppMappingVersions,
  restoreAppMappingVersion,
} from "@muster/provisioning";
import type { AppMappingVersion } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { showRow } from "./mappings.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What an app's connections were mapped by, version by version. */
export const appMappingVersionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.listAppMappingVersions, async (deps, { scope, params, query }) => {
    const wanted = readPage(query);
    const page = { appId: params.appId, before: wanted.after, limit: wanted.limit };
    return toPage(await readAppMappingVersions(deps, scope.workspaceId, page), wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getAppMappingVersion, async (deps, { scope, params }) => {
    const version = await readAppMappingVersion(deps, scope.workspaceId, keyOf(params));
    return { ...show(version), rows: version.rows?.map(showRow) ?? null };
  }),
  adminRoute(
    operations.getAppMappingChanges,
    async (deps, { scope, params, query }) =>
      await appMappingChanges(deps, scope.workspaceId, keyOf(params), query.since),
  ),
  adminRoute(operations.restoreAppMappingVersion, async (deps, { scope, params }) =>
    show(await restoreAppMappingVersion(deps, scope, keyOf(params))),
  ),
];

const show = ({ id, number, at, actor, cause }: AppMappingVersion): AppMappingVersionEntry => ({
  id,
  number,
  at: at.toISOString(),
  actor,
  cause,
});

const keyOf = ({ appId, mappingVersionId }: { appId: string; mappingVersionId: string }) => ({
  appId,
  versionId: mappingVersionId,
});
