import { type DirectoryToken, operations } from "@muster/contract";
import { createDirectoryToken, requireDirectory, revokeToken } from "@muster/directory";
import { type DirectoryTokenView, inTenant, listDirectoryTokens } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfTenant } from "./owner.ts";
import { readPage, toPage } from "./page.ts";

const isTokenId = (text: string): boolean => /^[0-9A-Za-z]{12}$/.test(text);

/** The bearer tokens of a directory: in clear once, when they are made. */
export const tokenRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createDirectoryToken, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const issuing = { db: deps.db, keyring: deps.keyring, now: () => deps.clock.now() };
    const { id, bearerToken, expiresAt } = await createDirectoryToken(issuing, owner, params.directoryId);
    return { id, bearerToken, expiresAt: expiresAt.toISOString() };
  }),
  adminRoute(operations.listDirectoryTokens, async (deps, { scope, params, query }) => {
    const { tenantId } = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query, isTokenId);
    const rows = await inTenant(deps.db, tenantId, async (tx) => {
      const directory = await requireDirectory(tx, tenantId, params.directoryId);
      return await listDirectoryTokens(tx, tenantId, { directoryId: directory.id, ...wanted });
    });
    return toPage(rows, wanted, { idOf: (row) => row.id, show });
  }),
  adminRoute(operations.revokeDirectoryToken, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    await revokeToken(deps, owner, { directoryId: params.directoryId, id: params.tokenId });
    return undefined;
  }),
];

function show(token: DirectoryTokenView): DirectoryToken {
  return {
    id: token.id,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: isoOrNull(token.lastUsedAt),
    revokedAt: isoOrNull(token.revokedAt),
  };
}
