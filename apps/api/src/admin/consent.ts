import { operations } from "@muster/contract";
import { beginConsent, readConsent } from "@muster/provisioning";
import { redirectUriOf } from "../http/consent-endpoint.ts";
import { type AdminRoute, adminRoute } from "../route.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfConnection } from "./owner.ts";

/** The access of connections that sign in by authorization code. */
export const consentRoutes: readonly AdminRoute[] = [
  adminRoute(operations.beginConsent, async (deps, { scope, params: { connectionId } }) => {
    const owner = await ownerOfConnection(deps, scope, connectionId);
    const redirectUri = redirectUriOf(deps.publicUrl);
    const { authorizationUrl, expiresAt } = await beginConsent(deps, owner, { connectionId, redirectUri });
    return { authorizationUrl, redirectUri, expiresAt: expiresAt.toISOString() };
  }),
  adminRoute(operations.getConsent, async (deps, { scope, params: { connectionId } }) => {
    const owner = await ownerOfConnection(deps, scope, connectionId);
    const { givenAt, askedUntil, ...consent } = await readConsent(deps, owner, connectionId);
    return { ...consent, givenAt: isoOrNull(givenAt), askedUntil: isoOrNull(askedUntil) };
  }),
];
