import { type Clock, type Dialer, reveal, type Secret } from "@muster/runtime";
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
} from "openid-client";
import { createGuardedFetch, ProviderAway } from "./guarded-fetch.ts";
import type { SignInProof } from "./sign-in-proof.ts";

export type IdentityProviderSettings = {
  /** Exactly as the provider writes itself in its tokens. */
  issuer: string;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret: Secret | undefined;
  /** How the secret is sent (RFC 6749 section 2.3.1). */
  clientAuth: "basic" | "post";
};

/** Whom the identity provider vouches for. */
export type VouchedIdentity = {
  issuer: string;
  subject: string;
  /** Null where it tells none. */
  email: string | null;
  isEmailVerified: boolean;
  name: string | null;
};

/** `denied`: it, or the person, said no. `away`: it does not answer. `wrong`: what it said is not to be believed. */
export type IdentityFailure = { kind: "denied" | "away" | "wrong"; detail: string };

export type IdentityProvider = {
  /** The address that a browser is sent to. */
  authorizationUrl(proof: SignInProof, redirectUri: string): Promise<string | IdentityFailure>;
  /** Turns the address that a browser came back with into an identity. */
  identify(returned: URL, proof: SignInProof): Promise<VouchedIdentity | IdentityFailure>;
};

/** Between the provider's clock and ours. */
const CLOCK_TOLERANCE_S = 60;
const TIMEOUT_S = 10;
/** The provider's description is read anew after this long; its keys by the library, when it meets one that it does not know. */
const DESCRIBED_MS = 10 * 60_000;
const SCOPE = "openid email profile";
const MAX_TEXT = 254;
/** What a person, or the provider for them, answers instead of a code (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6). */
const NOES: ReadonlySet<string> = new Set([
  "access_denied",
  "login_required",
  "consent_required",
  "interaction_required",
  "account_selection_required",
]);

/**
 * Makes the client of one OpenID provider: authorization code with PKCE, the ID token's signature verified with keys of the provider
 * by asymmetric algorithms only, issuer, audience, nonce and times checked (V80, V81). Everything goes out by the dialler.
 */
export function createIdentityProvider(
  deps: { dialer: Pick<Dialer, "request">; clock: Pick<Clock, "monotonicMs"> },
  settings: IdentityProviderSettings,
): IdentityProvider {
  const guardedFetch = createGuardedFetch(deps.dialer, TIMEOUT_S * 1_000);
  let known: { configuration: Promise<Configuration>; untilMs: number } | undefined;

  // One description for all who come at once; one that could not be read is not kept.
  function describe(): Promise<Configuration> {
    const nowMs = deps.clock.monotonicMs();
    if (known !== undefined && nowMs < known.untilMs) return known.configuration;
    const configuration = discover(settings, guardedFetch);
    known = { configuration, untilMs: nowMs + DESCRIBED_MS };
    configuration.catch(() => {
      if (known?.configuration === configuration) known = undefined;
    });
    return configuration;
  }

  return {
    async authorizationUrl(proof, redirectUri) {
      try {
        const url = buildAuthorizationUrl(await describe(), {
          redirect_uri: redirectUri,
          scope: SCOPE,
          state: proof.state,
          nonce: proof.nonce,
          code_challenge: await calculatePKCECodeChallenge(proof.codeVerifier),
          code_challenge_method: "S256",
        });
        if (url.protocol === "https:" || url.protocol === new URL(settings.issuer).protocol) return url.href;
        return { kind: "wrong", detail: "the authorization endpoint is no https address" };
      } catch (error) {
        return toFailure(error);
      }
    },
    async identify(returned, proof) {
      try {
        return await identify(await describe(), returned, proof);
      } catch (error) {
        return toFailure(error);
      }
    },
  };
}

async function discover(
  { issuer, clientId, clientSecret, clientAuth }: IdentityProviderSettings,
  guardedFetch: ReturnType<typeof createGuardedFetch>,
): Promise<Configuration> {
  const url = new URL(issuer);
  const configuration = await discovery(
    url,
    clientId,
    { [clockTolerance]: CLOCK_TOLERANCE_S },
    authOf(clientSecret, clientAuth),
    {
      [customFetch]: guardedFetch,
      timeout: TIMEOUT_S,
      // Plain http is for what the dialler lets through besides public https.
      execute: url.protocol === "http:" ? [allowInsecureRequests] : [],
    },
  );
  // The library trusts TLS for what comes straight from the token endpoint; we verify the signature as well (V81).
  enableNonRepudiationChecks(configuration);
  return configuration;
}

function authOf(clientSecret: Secret | undefined, clientAuth: "basic" | "post"): ClientAuth {
  if (clientSecret === undefined) return None();
  return clientAuth === "basic" ? ClientSecretBasic(reveal(clientSecret)) : ClientSecretPost(reveal(clientSecret));
}

async function identify(configuration: Configuration, returned: URL, proof: SignInProof): Promise<VouchedIdentity> {
  const tokens = await authorizationCodeGrant(configuration, returned, {
    expectedState: proof.state,
    expectedNonce: proof.nonce,
    pkceCodeVerifier: proof.codeVerifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new TypeError("there is no ID token");
  const { iss: issuer, sub: subject } = claims;
  if (textOf(subject) !== subject) throw new TypeError("the subject is no text that could be kept");
  const canAsk = claims["email"] === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined;
  // Some tell the address here only; the library refuses what is said of another subject. Who tells the address says whether it is
  // verified: what the ID token says of an address that it does not name may be about another.
  const told: Record<string, unknown> = canAsk
    ? await fetchUserInfo(configuration, tokens.access_token, subject)
    : claims;
  return {
    issuer,
    subject,
    email: textOf(told["email"]),
    isEmailVerified: isVerified(told),
    name: textOf(told["name"] ?? claims["name"]),
  };
}

/** Entra ID says by `xms_edov` that the domain of the address is its tenant's, and nothing else of it; a no is a no. */
function isVerified({ email_verified: verified, xms_edov: ownerVerified }: Record<string, unknown>): boolean {
  if (verified !== undefined) return verified === true;
  return ownerVerified === true || ownerVerified === 1 || ownerVerified === "1";
}

/** What can be kept and shown; null for anything else. */
function textOf(value: unknown): string | null {
  return typeof value === "string" && value.length <= MAX_TEXT && /^[^\p{Cc}\p{Cs}]+$/u.test(value) ? value : null;
}

function toFailure(error: unknown): IdentityFailure {
  if (!(error instanceof Error)) throw error;
  if (error instanceof AuthorizationResponseError)
    return { kind: NOES.has(error.error) ? "denied" : "wrong", detail: `it answered ${error.error}` };
  const root = rootOf(error);
  if (root instanceof ProviderAway) return { kind: "away", detail: root.message };
  if (root instanceof Response && root.status >= 500) return { kind: "away", detail: `it answered ${root.status}` };
  // The library's own words; never what was sent or received.
  const code = "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
  return { kind: isTimeout(code) ? "away" : "wrong", detail: `${error.message}${code}` };
}

/** What is behind an error of the library: another error, or the answer that it did not like. */
function rootOf(error: Error): unknown {
  let root: unknown = error;
  while (root instanceof Error && !(root instanceof ProviderAway) && root.cause !== undefined) root = root.cause;
  return root;
}

const isTimeout = (code: string): boolean => code.includes("OAUTH_TIMEOUT") || code.includes("OAUTH_ABORT");
