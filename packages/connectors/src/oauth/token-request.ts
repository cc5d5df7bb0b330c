import type { ClientSecretIn, OAuthAuth } from "../target-auth.ts";
import { signAssertion } from "./client-assertion.ts";

/** A request to a token endpoint, and which parts of it may never show up in a text. */
export type TokenRequest = {
  url: string;
  headers: Readonly<Record<string, string>>;
  form: URLSearchParams;
  secrets: readonly string[];
};

/** What an authorization code, or the refresh token that followed it, asks for. */
export type CodeGrant =
  | { kind: "code"; code: string; codeVerifier: string; redirectUri: string }
  | { kind: "refresh"; refreshToken: string };

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_SECONDS = 300;

type Parts = { form: Record<string, string | undefined>; headers?: Record<string, string>; secrets: string[] };

/** Writes the request that gets an access token without anybody's help. */
export async function tokenRequest(
  auth: Exclude<OAuthAuth, { scheme: "oauthAuthorizationCode" }>,
  now: Date,
): Promise<TokenRequest> {
  switch (auth.scheme) {
    case "oauthClientCredentials": {
      const { scope, audience, resource } = auth;
      return toRequest(
        auth.tokenUrl,
        withSecret(auth, { grant_type: "client_credentials", scope, audience, resource }),
      );
    }
    case "oauthPrivateKeyJwt": {
      const { tokenUrl, clientId, scope, audience, resource, assertionAudience, privateKey, keyId } = auth;
      const claims = { issuer: clientId, subject: clientId, audience: assertionAudience ?? tokenUrl };
      const assertion = await signAssertion(
        { ...claims, lifetimeSeconds: ASSERTION_SECONDS },
        { privateKey, keyId, now },
      );
      const form = { grant_type: "client_credentials", client_id: clientId, client_assertion_type: CLIENT_ASSERTION };
      const wanted = { scope, audience, resource };
      return toRequest(tokenUrl, {
        form: { ...form, client_assertion: assertion, ...wanted },
        secrets: [assertion],
      });
    }
    case "oauthJwtBearer": {
      const { tokenUrl, issuer, subject, assertionAudience, lifetimeSeconds, scope, privateKey, keyId } = auth;
      const assertion = await signAssertion(
        {
          issuer,
          subject: subject ?? issuer,
          audience: assertionAudience ?? tokenUrl,
          lifetimeSeconds: lifetimeSeconds ?? ASSERTION_SECONDS,
        },
        { privateKey, keyId, now },
      );
      return toRequest(tokenUrl, { form: { grant_type: JWT_BEARER, assertion, scope }, secrets: [assertion] });
    }
  }
}

/** Writes the request that turns a code, or a refresh token, into an access token (RFC 6749 sections 4.1.3 and 6). */
export function codeGrantRequest(
  auth: Extract<OAuthAuth, { scheme: "oauthAuthorizationCode" }>,
  grant: CodeGrant,
): TokenRequest {
  const { tokenUrl, audience, resource } = auth;
  const asked =
    grant.kind === "code"
      ? {
          grant_type: "authorization_code",
          code: grant.code,
          code_verifier: grant.codeVerifier,
          redirect_uri: grant.redirectUri,
        }
      : { grant_type: "refresh_token", refresh_token: grant.refreshToken };
  const parts = withSecret(auth, { ...asked, audience, resource });
  const secrets = grant.kind === "code" ? [grant.code, grant.codeVerifier] : [grant.refreshToken];
  return toRequest(tokenUrl, { ...parts, secrets: [...parts.secrets, ...secrets] });
}

type Client = { clientId: string; clientSecret?: string; clientSecretIn: ClientSecretIn };

function withSecret(client: Client, form: Parts["form"]): Parts {
  const { clientId, clientSecret, clientSecretIn } = client;
  if (clientSecret === undefined) return { form: { ...form, client_id: clientId }, secrets: [] };
  if (clientSecretIn === "body")
    return { form: { ...form, client_id: clientId, client_secret: clientSecret }, secrets: [clientSecret] };
  // RFC 6749 section 2.3.1: both are written as in a form before they become a user name and a password.
  const pair = Buffer.from(`${formEncode(clientId)}:${formEncode(clientSecret)}`).toString("base64");
  return { form, headers: { authorization: `Basic ${pair}` }, secrets: [clientSecret, pair] };
}

const formEncode = (text: string): string => new URLSearchParams({ a: text }).toString().slice(2);

function toRequest(url: string, { form, headers = {}, secrets }: Parts): TokenRequest {
  const given = Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { url, headers, form: new URLSearchParams(given), secrets };
}
