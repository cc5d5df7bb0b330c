import { hash } from "node:crypto";
import {
  type AuthorizationCodeAuth,
  type CredentialSource,
  type FetchToken,
  type FixedAuth,
  type OAuthAuth,
  requestToken,
  type TargetAuth,
  tokenRequest,
  usableUntil,
} from "@muster/connectors";
import type { ConnectionCredentialsDeps, WhoseCredentials } from "./credentials-deps.ts";
import { grantedAccess } from "./granted-access.ts";

/** What a connection's requests are signed with: what was saved, or a token that is got with it. */
export function authOf(
  deps: ConnectionCredentialsDeps,
  whose: WhoseCredentials,
  auth: TargetAuth,
): FixedAuth | CredentialSource {
  switch (auth.scheme) {
    case "bearer":
    case "header":
    case "basic":
    case "certificate":
    case "signature":
      return auth;
    case "oauthClientCredentials":
    case "oauthPrivateKeyJwt":
    case "oauthJwtBearer":
      return deps.tokens.source(cacheKey(whose), ownAccess(deps, whose, auth));
    case "oauthAuthorizationCode":
      return deps.tokens.source(cacheKey(whose), grantedAccess(deps, whose, auth));
  }
}

/** Each sealing of a secret is another, so what was saved anew begins without a token. */
function cacheKey({ connectionId, sealedAuth }: WhoseCredentials): string {
  return `${connectionId} ${hash("sha256", sealedAuth)}`;
}

type OwnAccess = Exclude<OAuthAuth, AuthorizationCodeAuth>;

function ownAccess(
  { dialer, clock }: ConnectionCredentialsDeps,
  { tls }: WhoseCredentials,
  auth: OwnAccess,
): FetchToken {
  return async (context) => {
    const askedAt = clock.now();
    const request = await tokenRequest(auth, askedAt);
    const outcome = await requestToken({ dialer, now: () => clock.now(), tls }, request, context);
    if (outcome.kind === "failed") return outcome;
    const { accessToken, expiresInSeconds } = outcome.tokens;
    return { kind: "token", accessToken, usableUntilMs: usableUntil(askedAt.getTime(), expiresInSeconds) };
  };
}
