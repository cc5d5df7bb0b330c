import {
  type Directory,
  type DirectoryProvider,
  directoryProviders,
  operations,
  type UpdateDirectoryRequest,
} from "@muster/contract";
import { createDirectory, requireDirectory, updateDirectory, type WorkspaceScope } from "@muster/directory";
import { type DirectoryChange, type DirectoryRecord, inTenant, listDirectories } from "@muster/store";
import { AccessRefused } from "../http/access-refused.ts";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** What a directory may ask of the gateway, and who is let into apps: not for whoever came by a link. */
const OWNERS_ALONE = ["requestsPerSecond", "gate"] as const;
type OwnersAlone = (typeof OWNERS_ALONE)[number];

/** The directories of a tenant: what its identity providers push to. */
export const directoryRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createDirectory, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    refuseOwners(scope, body);
    const input = { provider: body.provider, name: body.name ?? body.provider, gate: body.gate ?? "open" };
    const { directory, token } = await createDirectory(deps, owner, input);
    const shown = show(deps.publicUrl, directory);
    return { ...shown, scim: { ...shown.scim, bearerToken: token.secret } };
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
  adminRoute(operations.updateDirectory, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    refuseOwners(scope, body);
    return show(deps.publicUrl, await updateDirectory(deps, owner, params.directoryId, toChange(body)));
  }),
];

/** Refuses, by name, what whoever came by a link may not set. */
function refuseOwners({ onlyTenant }: WorkspaceScope, body: Partial<Pick<UpdateDirectoryRequest, OwnersAlone>>): void {
  const beyond = onlyTenant === undefined ? undefined : OWNERS_ALONE.find((name) => body[name] !== undefined);
  if (beyond !== undefined)
    throw new AccessRefused(403, `${beyond}: only whoever runs this gateway may set it; leave it out`);
}

/** Where a directory's clients get their access tokens. */
export function tokenUrlOf(publicUrl: string, directoryId: string): string {
  return `${publicUrl}/oauth/v2/${directoryId}/token`;
}

function toChange({ requestLog = {}, ...rest }: UpdateDirectoryRequest): DirectoryChange {
  const { days, bodies } = requestLog;
  return {
    ...rest,
    ...(days === undefined ? {} : { requestLogDays: days }),
    ...(bodies === undefined ? {} : { requestLogBodies: bodies }),
  };
}

function show(publicUrl: string, directory: DirectoryRecord): Directory {
  return {
    id: directory.id,
    provider: readProvider(directory.provider),
    name: directory.name,
    createdAt: directory.createdAt.toISOString(),
    enabled: directory.enabled,
    allowedAddresses: directory.allowedAddresses,
    requestsPerSecond: directory.requestsPerSecond,
    memberMatching: directory.memberMatching,
    tombstoneDays: directory.tombstoneDays,
    gate: directory.gate,
    requestLog: { days: directory.requestLogDays, bodies: directory.requestLogBodies },
    oauth: { tokenUrl: tokenUrlOf(publicUrl, directory.id) },
    scim: { endpointUrl: `${publicUrl}/scim/v2/${directory.id}` },
  };
}

// A provider that a newer version wrote is, to this one, any other that speaks SCIM.
function readProvider(stored: string): DirectoryProvider {
  return directoryProviders.find((provider) => provider === stored) ?? "generic";
}
