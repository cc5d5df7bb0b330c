import type { SignInFailure } from "@muster/contract";
import {
  type CredentialVerifier,
  type IdentityProvider,
  isSameState,
  issueToken,
  type Keyring,
  readToken,
  type SignInProof,
  signInProof,
  type VouchedIdentity,
} from "@muster/credentials";
import type { Logger } from "@muster/runtime";
import {
  type Database,
  findAdmission,
  type Identity,
  insertSignIn,
  memberEmail,
  useSignIn,
  type WorkspaceId,
} from "@muster/store";
import { AccessRefused } from "./access-refused.ts";
import type { Browser } from "./browser.ts";
import type { Caller } from "./caller.ts";
import type { Limits } from "./limits.ts";
import type { SessionCookie, Sessions } from "./sessions.ts";

/** The identity provider that people sign in at, as this installation is set to. */
export type SignInProvider = IdentityProvider & {
  name: string;
  /** In lower case; empty for any. */
  allowedDomains: readonly string[];
};

type SignInDeps = {
  db: Database;
  keyring: Keyring;
  logger: Logger;
  limits: Limits;
  verify: CredentialVerifier;
  sessions: Pick<Sessions, "admit">;
  signInProvider: SignInProvider | null;
  publicUrl(): string;
};

/** A sign-in that was begun: where the browser goes to, and what it keeps meanwhile. */
export type BegunSignIn = { kind: "begun"; authorizationUrl: string; token: string; maxAgeS: number };

export type SignIns = {
  /** What the button says; null where there is none. */
  providerName: string | null;
  /** For a workspace, or with null for the one that was used last; `away` when the identity provider cannot be asked. Throws `AccessRefused`. */
  begin(caller: Caller, browser: Browser, workspaceId: WorkspaceId | null): Promise<BegunSignIn | { kind: "away" }>;
  /** Takes what a browser came back with, once: a session, or why there is none. */
  finish(search: string, caller: Caller, browser: Browser): Promise<SessionCookie | SignInFailure>;
};

/** To find one's password, and the telephone with the second factor. */
const LIFETIME_S = 600;
const PATH = "/session/callback";
const NO_PROVIDER = "This gateway has no identity provider to sign in at: set MUSTER_OIDC_ISSUER, or use an API key";
const FOREIGN = "This was not sent by a page of this portal; reload the page and try again";

/** Where the identity provider sends browsers back to: the redirect URI to register there. */
export const signInRedirectUri = (publicUrl: string): string => `${publicUrl}${PATH}`;

/**
 * Makes the way in by the identity provider (D08). A sign-in is bound to the browser that began it by a cookie; state, nonce and
 * PKCE verifier follow from that, so an answer meant for another browser, or one that came before, completes nothing (V80).
 */
export function createSignIns(deps: SignInDeps): SignIns {
  const { db, keyring, limits, signInProvider: provider, publicUrl } = deps;
  return {
    providerName: provider?.name ?? null,
    async begin(caller, browser, workspaceId) {
      if (provider === null) throw new AccessRefused(403, NO_PROVIDER);
      if (!browser.isOwnPage) throw new AccessRefused(403, FOREIGN);
      limits.beginSignIn(caller);
      const { token, publicId, digest, pepperId } = issueToken(keyring, "signin");
      const url = await provider.authorizationUrl(signInProof(keyring, token), signInRedirectUri(publicUrl()));
      if (typeof url !== "string") {
        refused(deps, "provider-away", url.detail);
        return { kind: "away" };
      }
      await insertSignIn(db, { publicId, digest, pepperId, workspaceId }, LIFETIME_S);
      return { kind: "begun", authorizationUrl: url, token, maxAgeS: LIFETIME_S };
    },
    async finish(search, caller, browser) {
      if (provider === null) throw new AccessRefused(403, NO_PROVIDER);
      const claimed = await claim(deps, search, browser);
      if (claimed === null) return refused(deps, "started-elsewhere", "no such sign-in of this browser");
      const { proof, workspaceId } = claimed;
      const returned = new URL(`${signInRedirectUri(publicUrl())}${search}`);
      const vouched = await provider.identify(returned, proof);
      if ("kind" in vouched) return refused(deps, FAILURES[vouched.kind], vouched.detail);
      const identity = toIdentity(provider, vouched);
      if (typeof identity === "string") return refused(deps, identity, "the address is not one that may come in");
      const admission = await findAdmission(db, identity, workspaceId);
      const session = admission && (await deps.sessions.admit(admission, identity, caller, browser));
      return session ?? refused(deps, "not-invited", "no member, and no invitation");
    },
  };
}

const FAILURES = { denied: "denied", away: "provider-away", wrong: "not-understood" } as const;

/** Uses up the sign-in that this browser is under way with, for a workspace. A state of another is refused before, and leaves it as it was. */
async function claim(
  { db, keyring, verify }: SignInDeps,
  search: string,
  browser: Browser,
): Promise<{ proof: SignInProof; workspaceId: WorkspaceId | null } | null> {
  const token = browser.signIn ?? "";
  const publicId = readToken("signin", token)?.publicId;
  if (publicId === undefined) return null;
  const proof = signInProof(keyring, token);
  if (!isSameState(proof, new URLSearchParams(search).get("state") ?? "")) return null;
  const record = await useSignIn(db, publicId);
  if (!verify(token, record ?? null) || record === undefined) return null;
  return { proof, workspaceId: record.workspaceId };
}

function toIdentity(
  { allowedDomains }: Pick<SignInProvider, "allowedDomains">,
  vouched: VouchedIdentity,
): Identity | "email-unverified" | "email-domain" {
  const { issuer, subject, email, isEmailVerified, name } = vouched;
  if (email === null || !isEmailVerified) return "email-unverified";
  const address = memberEmail(email);
  const domain = address.slice(address.lastIndexOf("@") + 1);
  if (allowedDomains.length > 0 && !allowedDomains.includes(domain)) return "email-domain";
  return { issuer, subject, email: address, name };
}

/** Says it to the log, in the library's words; who it was stands in none. */
function refused({ logger }: SignInDeps, why: SignInFailure, detail: string): SignInFailure {
  logger.warn({ why, detail }, "somebody could not sign in at the identity provider");
  return why;
}
