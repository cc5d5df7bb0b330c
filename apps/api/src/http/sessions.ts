import {
  type CredentialVerifier,
  digestToken,
  issueToken,
  type Keyring,
  readToken,
  sameDigest,
} from "@muster/credentials";
import { admitMember, isSecondCode, refuseSecondCode } from "@muster/directory";
import {
  type Admission,
  type ApiKeyRecord,
  type Database,
  findPortalLink,
  findSession,
  type Holder,
  type Identity,
  insertSession,
  insertWorkspaceAudit,
  inWorkspace,
  noteSession,
  type PortalLinkRecord,
  type Role,
  revokeSession,
  type SessionRecord,
  type Tx,
  usePortalLink,
  type WorkspaceId,
} from "@muster/store";
import { AccessRefused } from "./access-refused.ts";
import type { Browser } from "./browser.ts";
import type { Caller } from "./caller.ts";
import type { Limits } from "./limits.ts";

/** What a browser's cookie opens. */
export type BrowserSession = {
  publicId: string;
  workspaceId: WorkspaceId;
  /** Who signed in, or made the link that it was begun with. */
  holder: Holder;
  /** The holder's, now. */
  role: Role;
  /** What it is held to where it was begun with a link of a tenant; null for everybody else. */
  portal: SessionRecord["portal"];
  csrfToken: string;
  expiresAt: Date;
};

/** What goes into the cookie of a session that was just begun: for this browser, this once. */
export type SessionCookie = { token: string; maxAgeS: number };

/** A session that was just begun. */
export type StartedSession = BrowserSession & SessionCookie;

type SessionDeps = {
  db: Database;
  keyring: Keyring;
  limits: Limits;
  verify: CredentialVerifier;
  /** How audit rows name whoever signed in. */
  actorOf(session: Pick<BrowserSession, "holder" | "portal">): string;
};

/** What somebody shows who comes by a link. */
export type PresentedLink = { code: string; secondCode: string | undefined };

export type Sessions = {
  /** Every method throws `AccessRefused`. */
  open(caller: Caller, browser: Browser): Promise<BrowserSession>;
  start(key: ApiKeyRecord, caller: Caller, browser: Browser): Promise<StartedSession>;
  /** Uses a link up. */
  enter(presented: PresentedLink, caller: Caller, browser: Browser): Promise<StartedSession>;
  /** Begins the session of a member, with whom an invitation is used up; null when they may not come in any more. */
  admit(to: Admission, identity: Identity, caller: Caller, browser: Browser): Promise<SessionCookie | null>;
  end(caller: Caller, browser: Browser): Promise<void>;
};

/** A working day; then somebody signs in again (D09). */
const LIFETIME_S = 12 * 3600;
/** Whoever came by a link does one thing and goes (D12). */
const LINK_LIFETIME_S = 3600;
/** Unused for so long it is over. Pages that nobody looks at ask nothing (D09). */
const IDLE_S = 30 * 60;

const OVER = "Nobody is signed in here, or the session is over: sign in again";
const NO_LINK = "This link cannot be used: it was used already, has run out or was revoked. Ask for a new one";
const NO_SECOND_CODE = "This link needs the second code that came by another way, and this is not it";
const FOREIGN = "This change was not sent by a page of this portal; reload the page and try again";

/**
 * Makes the sessions of the portal. Each request asks the database, so that signing out holds at once and everywhere. A change
 * must come from a page of ours, by what the browser says and by a token that no other page can read (V80).
 */
export function createSessions(deps: SessionDeps): Sessions {
  const { db, keyring, actorOf } = deps;
  const held = (caller: Caller, browser: Browser) => find(deps, caller, browser).catch(ifRefused(null));
  return {
    async open(caller, browser) {
      const token = tokenOf(browser);
      const record = await find(deps, caller, browser);
      const session = toSession(keyring, record, token);
      if (browser.isWrite) refuseForeign(keyring, browser, token);
      if (record.isUnnoted && browser.isUnnoted !== true) await noteSession(db, record.publicId);
      return session;
    },
    async start(key, caller, browser) {
      if (!browser.isOwnPage) throw new AccessRefused(403, FOREIGN);
      const { workspaceId, publicId: apiKeyId, role } = key;
      const begun = { workspaceId, holder: { apiKeyId }, role, portal: null };
      return await begin(deps, { begun, lifetimeS: LIFETIME_S, before: await held(caller, browser) });
    },
    async enter(presented, caller, browser) {
      if (!browser.isOwnPage) throw new AccessRefused(403, FOREIGN);
      const link = await findLink(deps, caller, presented);
      const { workspaceId, holder, tenantId, publicId: linkId, rights } = link;
      const isFramed = link.embedOrigin !== null;
      // A link opens what it is for, whoever made it.
      const begun = { workspaceId, holder, role: "auditor" as const, portal: { linkId, tenantId, rights, isFramed } };
      const claim = (tx: Tx) => usePortalLink(tx, tenantId, linkId);
      // In a frame nothing is known of what the browser holds besides, and nothing of it ends.
      const before = isFramed ? null : await held(caller, browser);
      return await begin(deps, { begun, lifetimeS: LINK_LIFETIME_S, before, claim });
    },
    async admit(to, identity, caller, browser) {
      const { workspaceId, memberId } = to;
      const begun = { workspaceId, holder: { memberId }, role: "auditor" as const, portal: null };
      const claim = (tx: Tx) => admitMember(tx, to, identity);
      const before = await held(caller, browser);
      return await begin(deps, { begun, lifetimeS: LIFETIME_S, before, claim }).catch(ifRefused(null));
    },
    async end(caller, browser) {
      const token = tokenOf(browser);
      const record = await find(deps, caller, browser).catch(ifRefused(null));
      if (record === null) return;
      refuseForeign(keyring, browser, token);
      const { workspaceId, publicId } = record;
      await inWorkspace(db, workspaceId, async (tx) => {
        await revokeSession(tx, publicId);
        const actor = actorOf(record);
        await insertWorkspaceAudit(tx, workspaceId, { actor, action: "session.delete", target: publicId });
      });
    },
  };
}

/** Begins a session. One that the browser held before is over: a sign-in never goes on with an id that was known before it. */
async function begin(
  { db, keyring, actorOf }: SessionDeps,
  input: {
    begun: Pick<BrowserSession, "workspaceId" | "holder" | "role" | "portal">;
    lifetimeS: number;
    before: SessionRecord | null;
    /** Uses up what is good for one sign-in, in the same transaction; false when somebody else did. */
    claim?: (tx: Tx) => Promise<boolean>;
  },
): Promise<StartedSession> {
  const { begun, lifetimeS, before, claim } = input;
  const { workspaceId, holder, portal } = begun;
  const { token, publicId, digest, pepperId } = issueToken(keyring, "session");
  const expiresAt = await inWorkspace(db, workspaceId, async (tx) => {
    if (before !== null) await revokeSession(tx, before.publicId);
    if (claim !== undefined && !(await claim(tx))) throw new AccessRefused(401, NO_LINK);
    await insertWorkspaceAudit(tx, workspaceId, { actor: actorOf(begun), action: "session.create", target: publicId });
    const session = { publicId, workspaceId, holder, digest, pepperId, portalLinkId: portal?.linkId ?? null };
    return await insertSession(tx, session, lifetimeS);
  });
  return { ...begun, publicId, csrfToken: csrfTokenOf(keyring, token), expiresAt, token, maxAgeS: lifetimeS };
}

/** The live link of a code. A wrong second code counts against the link, so that eight digits are enough. */
async function findLink(deps: SessionDeps, caller: Caller, presented: PresentedLink): Promise<PortalLinkRecord> {
  const { db, keyring, limits, verify, actorOf } = deps;
  const publicId = readToken("portal", presented.code)?.publicId;
  if (publicId !== undefined) limits.beforeLookUp(caller, publicId);
  const link = publicId === undefined ? undefined : await findPortalLink(db, publicId);
  if (!verify(presented.code, link ?? null) || link === undefined) return limits.refuse(caller, NO_LINK);
  if (!link.isLive) throw new AccessRefused(401, NO_LINK);
  if (isSecondCode(keyring, link, (presented.secondCode ?? "").replaceAll(/\s/g, ""))) return link;
  const { holder, publicId: linkId, tenantId, rights } = link;
  const portal = { linkId, tenantId, rights, isFramed: link.embedOrigin !== null };
  await refuseSecondCode(deps, link, actorOf({ holder, portal }));
  return limits.refuse(caller, NO_SECOND_CODE);
}

const tokenOf = (browser: Browser): string => browser.bearer ?? browser.session ?? "";

/**
 * The live session of a cookie, or of a frame's bearer token: each opens only what was begun as such. The compare runs whatever was
 * found (V20).
 */
async function find({ db, limits, verify }: SessionDeps, caller: Caller, browser: Browser): Promise<SessionRecord> {
  const token = tokenOf(browser);
  const publicId = readToken("session", token)?.publicId;
  if (publicId !== undefined) limits.beforeLookUp(caller, publicId);
  const record = publicId === undefined ? undefined : await findSession(db, publicId, IDLE_S);
  const isGenuine = verify(token, record ?? null);
  // Only what was made up counts as a failure: a session that is over is everybody's lot.
  if (publicId !== undefined && !isGenuine) return limits.refuse(caller, OVER);
  const isFramed = record?.portal?.isFramed === true;
  if (record === undefined || !record.isLive || isFramed !== (browser.bearer !== null))
    throw new AccessRefused(401, OVER);
  limits.proven(record.publicId);
  return record;
}

function toSession(keyring: Keyring, record: SessionRecord, token: string): BrowserSession {
  const { publicId, workspaceId, holder, role, portal, expiresAt } = record;
  return { publicId, workspaceId, holder, role, portal, expiresAt, csrfToken: csrfTokenOf(keyring, token) };
}

// No browser sends a frame's bearer token by itself, so whoever sends it is the page that holds it.
function refuseForeign(keyring: Keyring, browser: Browser, token: string): void {
  if (browser.bearer !== null) return;
  const sent = Buffer.from(browser.csrfToken ?? "", "base64url");
  const isKnown = sameDigest(sent, csrfDigest(keyring, token));
  if (!browser.isOwnPage || !isKnown) throw new AccessRefused(403, FOREIGN);
}

/** Follows from the session's token, so nothing more is kept, and leads nowhere back. */
function csrfTokenOf(keyring: Keyring, token: string): string {
  return csrfDigest(keyring, token).toString("base64url");
}

function csrfDigest(keyring: Keyring, token: string): Buffer {
  return digestToken(keyring, `csrf:${token}`);
}

function ifRefused<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof AccessRefused) return value;
    throw error;
  };
}
