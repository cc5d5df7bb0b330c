import { type DirectoryToken, operations } from "@muster/contract";
import { type IssuedCredential, issueCredential, requireDirectory, revokeToken } from "@muster/directory";
import { type DirectoryTokenView, inTenant, listDirectoryTokens } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { tokenUrlOf } from "./directories.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfTenant } from "./owner.ts";
import { readPage, toPage } from "./page.ts";
import { isTokenId } from "./token-id.ts";

/** The bearer tokens and OAuth clients of a directory: in clear once, when they are made. */
export const tokenRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createDirectoryToken, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = { directoryId: params.directoryId, kind: "bearer", terms: body } as const;
    const issued = await issueCredential(deps, owner, wanted);
    return { ...showIssued(issued), bearerToken: issued.secret };
  }),
  adminRoute(operations.createDirectoryClient, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = { directoryId: params.directoryId, kind: "client", terms: body } as const;
    const issued = await issueCredential(deps, owner, wanted);
    const tokenUrl = tokenUrlOf(deps.publicUrl, params.directoryId);
    return { ...showIssued(issued), clientId: issued.id, clientSecret: issued.secret, tokenUrl };
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

function showIssued({ id, scopes, expiresAt }: IssuedCredential) {
  return { id, scopes: scopes === null ? null : [...scopes], expiresAt: expiresAt.toISOString() };
}

function show(token: DirectoryTokenView): DirectoryToken {
  return {
    id: token.id,
    kind: token.kind,
    last4: token.last4,
    scopes: token.scopes,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    lastUsedAt: isoOrNull(token.lastUsedAt),
    lastUsedFrom: token.lastUsedFrom,
    revokedAt: isoOrNull(token.revokedAt),
  };
}
