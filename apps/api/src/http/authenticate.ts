import {
  type CredentialVerifier,
  issueAccessToken,
  type Keyring,
  looksLikeAccessToken,
  lookupId,
  parseBearer,
  readAccessToken,
  readToken,
  rememberProofs,
} from "@muster/credentials";
import type { WorkspaceScope } from "@muster/directory";
import { type Clock, isWithin, type Logger } from "@muster/runtime";
import type { ApiKeyRecord, Database, DirectoryTokenRecord, Holder } from "@muster/store";
import type { DirectoryProfile } from "../route.ts";
import { AccessRefused } from "./access-refused.ts";
import type { Browser } from "./browser.ts";
import type { Caller } from "./caller.ts";
import type { DirectoryAccess } from "./directory-access.ts";
import { type KnownCredentials, type KnownToken, openKnownCredentials } from "./known-credentials.ts";
import { type LastUsed, recordLastUsed } from "./last-used.ts";
import { createLimits, type LimitSettings, type Limits } from "./limits.ts";
import type { Rights } from "./rights.ts";
import {
  type BrowserSession,
  createSessions,
  type PresentedLink,
  type Sessions,
  type StartedSession,
} from "./sessions.ts";
import { createSignIns, type SignInProvider, type SignIns } from "./sign-ins.ts";

/** A client that proved itself at a directory's token endpoint. */
export type ClientAccess = {
  may(permission: string): boolean;
  /** Makes an access token for these permissions; null means all that the client may. */
  issue(scopes: readonly string[] | null): Promise<string>;
};

/** Whose things somebody reaches with the admin API, what they may do with them, and the public id of the key or session that says so. */
export type AdminAccess = { scope: WorkspaceScope; rights: Rights; credentialId: string };

/** Turns credentials into scopes. There is no other way to get one. Every method throws `AccessRefused`. */
export type Authenticator = {
  /** What a directory's token opens at that directory's address; every other combination is the same 401 (V08). */
  /** `proven` hears who it is as soon as that is known, also of those who are then refused for another reason. */
  directory(caller: Caller, directoryId: string, proven?: (access: DirectoryAccess) => void): Promise<DirectoryAccess>;
  /** What a client may get at that directory's token endpoint. */
  client(caller: Caller, directoryId: string, presented: { id: string; secret: string }): Promise<ClientAccess>;
  /** The scope of an API key, or of the session that a browser shows instead of one. */
  api(caller: Caller, browser: Browser): Promise<AdminAccess>;
  /** Begins a session for an API key; one that the browser held before is over. */
  signIn(caller: Caller, browser: Browser): Promise<StartedSession>;
  /** Begins a session with the code of a tenant's link, once. */
  enter(presented: PresentedLink, caller: Caller, browser: Browser): Promise<StartedSession>;
  /** The session that a browser shows. */
  session(caller: Caller, browser: Browser): Promise<BrowserSession>;
  /** The way in by the identity provider of the app owner's people. */
  signIns: SignIns;
  /** Before anything is told of a link to whoever knows its id. */
  lookAtLink(caller: Caller): void;
  /** Ends the session that a browser shows. */
  signOut(caller: Caller, browser: Browser): Promise<void>;
  close(): Promise<void>;
};

export type AuthenticatorDeps = {
  db: Database;
  keyring: Keyring;
  clock: Clock;
  logger: Logger;
  publicUrl(): string;
  /** Null where people sign in with an API key only. */
  signInProvider: SignInProvider | null;
};

/** An access token is good for ten minutes (D05); its client is looked at for each request anyway. */
export const ACCESS_TOKEN_S = 600;

const NO_TOKEN = "Send the bearer token of this directory: Authorization: Bearer <token>";
const NO_CLIENT = "This directory has no such client, or its secret is another";
const NO_KEY = "Send an API key: Authorization: Bearer <key>";
const WRONG_KEY = "This is not an API key of this gateway, or it was revoked: check that it was copied whole";

/** What all of it works with. */
type Door = {
  keyring: Keyring;
  verify: CredentialVerifier;
  known: KnownCredentials;
  limits: Limits;
  used: LastUsed;
  sessions: Sessions;
  publicUrl(): string;
};

/** Makes the authenticator of one process: cached look-ups, constant-time compares, lazily recorded use. */
export async function createAuthenticator(deps: AuthenticatorDeps, settings: LimitSettings): Promise<Authenticator> {
  const { keyring, clock, publicUrl } = deps;
  const known = await openKnownCredentials({ ...deps, toAccess: toDirectoryAccess });
  const used = recordLastUsed(deps);
  const verify = rememberProofs(keyring);
  const limits = createLimits({ clock }, settings);
  const sessions = createSessions({
    ...deps,
    limits,
    verify,
    actorOf: (session) => (session.portal === null ? actorOf(session.holder) : linkActor(session.portal.linkId)),
  });
  const signIns = createSignIns({ ...deps, limits, verify, sessions });
  const door: Door = { keyring, verify, known, used, sessions, publicUrl, limits };
  return {
    directory: (caller, directoryId, proven) => openDirectory(door, { caller, directoryId, proven }),
    client: (caller, directoryId, presented) => openClient(door, caller, directoryId, presented),
    async api(caller, browser) {
      // A key that is sent decides alone: it never falls back to whatever the browser holds.
      if (browser.bearer === null && (caller.authorization !== undefined || browser.session === null))
        return ofKey(await findKey(door, caller, NO_KEY));
      const { workspaceId, holder, role, portal, publicId: credentialId } = await sessions.open(caller, browser);
      if (portal === null) return { scope: { workspaceId, actor: actorOf(holder) }, rights: { role }, credentialId };
      const { tenantId: onlyTenant, rights: link } = portal;
      return { scope: { workspaceId, actor: linkActor(portal.linkId), onlyTenant }, rights: { link }, credentialId };
    },
    signIn: async (caller, browser) => await sessions.start(await findKey(door, caller, WRONG_KEY), caller, browser),
    enter: (presented, caller, browser) => sessions.enter(presented, caller, browser),
    session: (caller, browser) => sessions.open(caller, browser),
    signIns,
    lookAtLink: (caller) => limits.lookAtLink(caller),
    signOut: (caller, browser) => sessions.end(caller, browser),
    async close() {
      await Promise.all([known.close(), used.close()]);
    },
  };
}

type Visit = { caller: Caller; directoryId: string; proven: ((access: DirectoryAccess) => void) | undefined };

async function openDirectory(door: Door, visit: Visit): Promise<DirectoryAccess> {
  const { caller, directoryId, proven } = visit;
  const presented = parseBearer(caller.authorization) ?? "";
  if (looksLikeAccessToken(presented)) return await openByAccessToken(door, visit, presented);
  const publicId = readToken("scim", presented)?.publicId;
  const record = await find(door, caller, publicId, { directoryId, kind: "bearer" });
  // The compare runs whatever was found, so that an unknown id takes as long as a wrong secret (V20).
  if (!door.verify(presented, record) || record === null) return door.limits.refuse(caller, NO_TOKEN);
  return enter(door, caller, record, proven);
}

async function openByAccessToken(
  door: Door,
  { caller, directoryId, proven }: Visit,
  presented: string,
): Promise<DirectoryAccess> {
  const grant = await readAccessToken(door.keyring, presented, terms(door, directoryId));
  const record = await find(door, caller, grant?.clientId, { directoryId, kind: "client" });
  if (grant === null || record === null) return door.limits.refuse(caller, NO_TOKEN);
  const access = enter(door, caller, record, proven);
  if (grant.scopes === null) return access;
  const granted = new Set(grant.scopes);
  return { ...access, may: (permission) => granted.has(permission) && access.may(permission) };
}

async function openClient(
  door: Door,
  caller: Caller,
  directoryId: string,
  presented: { id: string; secret: string },
): Promise<ClientAccess> {
  const publicId = readToken("client", presented.secret)?.publicId;
  const named = publicId === presented.id ? publicId : undefined;
  const record = await find(door, caller, named, { directoryId, kind: "client" });
  if (!door.verify(presented.secret, record) || record === null) return door.limits.refuse(caller, NO_CLIENT);
  enter(door, caller, record);
  const { publicId: clientId } = record;
  return {
    may: record.access.may,
    issue: (scopes) =>
      issueAccessToken(door.keyring, { clientId, scopes }, { ...terms(door, directoryId), lifetimeS: ACCESS_TOKEN_S }),
  };
}

/** The live key that a caller sends. */
async function findKey(
  { keyring, verify, known, limits, used }: Door,
  caller: Caller,
  refusal: string,
): Promise<ApiKeyRecord> {
  const presented = parseBearer(caller.authorization);
  const publicId = presented === null ? null : lookupId(keyring, "key", presented);
  const record = publicId === null ? null : await known.key(publicId, () => limits.beforeLookUp(caller, publicId));
  if (!verify(presented ?? "", record) || record === null) return limits.refuse(caller, refusal);
  limits.proven(record.publicId);
  used.key(record.publicId);
  return record;
}

/** What a key opens. */
function ofKey({ workspaceId, publicId, role }: ApiKeyRecord): AdminAccess {
  return { scope: { workspaceId, actor: actorOf({ apiKeyId: publicId }) }, rights: { role }, credentialId: publicId };
}

/** How audit rows name whoever it is. */
const actorOf = (holder: Holder): string =>
  "apiKeyId" in holder ? `key:${holder.apiKeyId}` : `member:${holder.memberId}`;
const linkActor = (linkId: string): string => `link:${linkId}`;

/** The record of this id, if it is one of this directory and kind, and live by the database's clock (F33). */
async function find(
  { known, limits }: Door,
  caller: Caller,
  publicId: string | undefined,
  wanted: Pick<KnownToken, "directoryId" | "kind">,
): Promise<KnownToken | null> {
  if (publicId === undefined) return null;
  const record = await known.token(publicId, () => limits.beforeLookUp(caller, publicId));
  if (record === null || record.expiresAt.getTime() <= known.nowMs()) return null;
  return record.directoryId === wanted.directoryId && record.kind === wanted.kind ? record : null;
}

/** The last doors, for who is who they say: each of them refuses by itself (V28 to V30). */
function enter(
  { limits, used }: Door,
  caller: Caller,
  record: KnownToken,
  proven?: (access: DirectoryAccess) => void,
): DirectoryAccess {
  limits.proven(record.publicId);
  used.token(record.publicId, caller);
  const { access, directoryId } = record;
  proven?.(access);
  refuseClosed(caller, record);
  limits.admit(directoryId, access.directory.settings.requestsPerSecond);
  return access;
}

/** Makes what a credential opens at its directory. */
function toDirectoryAccess(token: DirectoryTokenRecord, directory: DirectoryProfile): DirectoryAccess {
  const { tenantId, directoryId, publicId } = token;
  const scopes = token.scopes === null ? null : new Set(token.scopes);
  return {
    scope: {
      tenantId,
      directoryId,
      actor: `${token.kind === "client" ? "client" : "token"}:${publicId}`,
      memberMatching: directory.settings.memberMatching,
    },
    directory,
    may: (permission) => scopes === null || scopes.has(permission),
  };
}

/** Who signs access tokens, and the one endpoint that they open. */
function terms({ known, publicUrl }: Door, directoryId: string) {
  const issuer = publicUrl();
  return { issuer, audience: `${issuer}/scim/v2/${directoryId}`, nowMs: known.nowMs() };
}

function refuseClosed(caller: Caller, { suspended, access, allowed }: KnownToken): void {
  if (suspended)
    throw new AccessRefused(
      403,
      "This customer is suspended: whoever runs this gateway can resume it, nothing is lost",
    );
  if (!access.directory.settings.enabled)
    throw new AccessRefused(
      403,
      "This directory is switched off: set enabled to true in its settings, nothing is lost",
    );
  if (allowed === null) return;
  const address = caller.address();
  // Which addresses may is not said (V26).
  if (address === null || !isWithin(allowed, address))
    throw new AccessRefused(403, "This address may not use this directory: ask whoever keeps its list of addresses");
}
