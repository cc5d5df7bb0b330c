import {
  type CredentialVerifier,
  digestToken,
  issueToken,
  type Keyring,
  readToken,
  sameDigest,
} from "@muster/credentials";
import {
  type ApiKeyRecord,
  type Database,
  findSession,
  insertSession,
  insertWorkspaceAudit,
  inWorkspace,
  noteSession,
  revokeSession,
  type SessionRecord,
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
  apiKeyId: string;
  csrfToken: string;
  expiresAt: Date;
};

/** A session that was just begun, with what goes into the cookie: shown to this browser, this once. */
export type StartedSession = BrowserSession & { token: string; maxAgeS: number };

type SessionDeps = {
  db: Database;
  keyring: Keyring;
  limits: Limits;
  verify: CredentialVerifier;
  /** How audit rows name whoever signed in with a key. */
  actorOf(apiKeyId: string): string;
};

export type Sessions = {
  /** Every method throws `AccessRefused`. */
  open(caller: Caller, browser: Browser): Promise<BrowserSession>;
  start(key: ApiKeyRecord, caller: Caller, browser: Browser): Promise<StartedSession>;
  end(caller: Caller, browser: Browser): Promise<void>;
};

/** A working day; then somebody signs in again (D09). */
const LIFETIME_S = 12 * 3600;
/** Unused for so long it is over. Pages that nobody looks at ask nothing (D09). */
const IDLE_S = 30 * 60;

const OVER = "Nobody is signed in here, or the session is over: sign in again";
const FOREIGN = "This change was not sent by a page of this portal; reload the page and try again";

/**
 * Makes the sessions of the portal. Each request asks the database, so that signing out holds at once and everywhere. A change
 * must come from a page of ours, by what the browser says and by a token that no other page can read (V80).
 */
export function createSessions(deps: SessionDeps): Sessions {
  const { db, keyring, actorOf } = deps;
  return {
    async open(caller, browser) {
      const token = browser.session ?? "";
      const record = await find(deps, caller, token);
      const session = toSession(keyring, record, token);
      if (browser.isWrite) refuseForeign(keyring, browser, token);
      if (record.isUnnoted) await noteSession(db, record.publicId);
      return session;
    },
    async start(key, caller, browser) {
      if (!browser.isOwnPage) throw new AccessRefused(403, FOREIGN);
      const before = await find(deps, caller, browser.session ?? "").catch(ifRefused(null));
      const issued = issueToken(keyring, "session");
      const { workspaceId, publicId: apiKeyId } = key;
      const { publicId, digest, pepperId } = issued;
      const expiresAt = await inWorkspace(db, workspaceId, async (tx) => {
        // A sign-in never goes on with an id that was known before it.
        if (before !== null) await revokeSession(tx, before.publicId);
        const actor = actorOf(apiKeyId);
        await insertWorkspaceAudit(tx, workspaceId, { actor, action: "session.create", target: publicId });
        return await insertSession(tx, { publicId, workspaceId, apiKeyId, digest, pepperId }, LIFETIME_S);
      });
      const { token } = issued;
      const csrfToken = csrfTokenOf(keyring, token);
      return { publicId, workspaceId, apiKeyId, csrfToken, expiresAt, token, maxAgeS: LIFETIME_S };
    },
    async end(caller, browser) {
      const token = browser.session ?? "";
      const record = await find(deps, caller, token).catch(ifRefused(null));
      if (record === null) return;
      refuseForeign(keyring, browser, token);
      const { workspaceId, apiKeyId, publicId } = record;
      await inWorkspace(db, workspaceId, async (tx) => {
        await revokeSession(tx, publicId);
        const actor = actorOf(apiKeyId);
        await insertWorkspaceAudit(tx, workspaceId, { actor, action: "session.delete", target: publicId });
      });
    },
  };
}

/** The live session of a cookie. The compare runs whatever was found (V20). */
async function find({ db, limits, verify }: SessionDeps, caller: Caller, token: string): Promise<SessionRecord> {
  const publicId = readToken("session", token)?.publicId;
  if (publicId !== undefined) limits.beforeLookUp(caller, publicId);
  const record = publicId === undefined ? undefined : await findSession(db, publicId, IDLE_S);
  const isGenuine = verify(token, record ?? null);
  // Only what was made up counts as a failure: a session that is over is everybody's lot.
  if (publicId !== undefined && !isGenuine) return limits.refuse(caller, OVER);
  if (record === undefined || !record.isLive) throw new AccessRefused(401, OVER);
  limits.proven(record.publicId);
  return record;
}

function toSession(keyring: Keyring, record: SessionRecord, token: string): BrowserSession {
  const { publicId, workspaceId, apiKeyId, expiresAt } = record;
  return { publicId, workspaceId, apiKeyId, expiresAt, csrfToken: csrfTokenOf(keyring, token) };
}

function refuseForeign(keyring: Keyring, browser: Browser, token: string): void {
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
