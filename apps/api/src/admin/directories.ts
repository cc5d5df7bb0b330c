import { type Directory, type DirectoryProvider, directoryProviders, operations } from "@muster/contract";
import { createDirectory, requireDirectory } from "@muster/directory";
import { type DirectoryRecord, inTenant, listDirectories } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** The directories of a tenant: what its identity providers push to. */
export const directoryRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createDirectory, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const issuing = { db: deps.db, keyring: deps.keyring, now: () => deps.clock.now() };
    const input = { provider: body.provider, name: body.name ?? body.provider };
    const { directory, token } = await createDirectory(issuing, owner, input);
    const shown = show(deps.publicUrl, directory);
    return { ...shown, scim: { ...shown.scim, bearerToken: token.bearerToken } };
  }),
  adminRoute(operations.listDirectories, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const rows = await inTenant(deps.db, tenantId, (tx) => listDirectories(tx, tenantId, wanted));
    return toPage(rows, wanted, { idOf: byId, show: (row) => show(deps.publicUrl, row) });
  }),
  adminRoute(operations.getDirectory, async (deps, { scope, params }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const directory = await inTenant(deps.db, tenantId, (tx) => requireDirectory(tx, tenantId, params.directoryId));
    return show(deps.publicUrl, directory);
  }),
];

function show(publicUrl: string, directory: DirectoryRecord): Directory {
  return {
    id: directory.id,
    provider: readProvider(directory.provider),
    name: directory.name,
    createdAt: directory.createdAt.toISOString(),
    scim: { endpointUrl: `${publicUrl}/scim/v2/${directory.id}` },
  };
}

// A provider that a newer version wrote is, to this one, any other that speaks SCIM.
function readProvider(stored: string): DirectoryProvider {
  return directoryProviders.find((provider) => provider === stored) ?? "generic";
}
