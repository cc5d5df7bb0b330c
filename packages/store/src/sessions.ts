import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { WorkspaceId } from "./tables.ts";

/** A session of the portal as it is kept: nothing in it opens anything. */
export type SessionRecord = {
  publicId: string;
  workspaceId: WorkspaceId;
  apiKeyId: string;
  digest: Buffer;
  pepperId: string;
  createdAt: Date;
  expiresAt: Date;
  /** False once it was ended, its key was revoked, or its time was over, by the database's clock (F33). */
  isLive: boolean;
  /** Whether its last use was noted too long ago to be exact. */
  isUnnoted: boolean;
};

type SessionRow = {
  public_id: string;
  workspace_id: WorkspaceId;
  api_key_id: string;
  digest: Buffer;
  pepper_id: string;
  created_at: Date;
  expires_at: Date;
  is_live: boolean;
  is_unnoted: boolean;
};

const FIND_SESSION: NamedStatement<SessionRow> = {
  name: "find-session",
  text: `
select public_id, workspace_id, api_key_id, digest, pepper_id, created_at, expires_at,
  revoked_at is null and expires_at > now() and seen_at > now() - $2::float8 * interval '1 second'
    and exists (select from api_keys k where k.public_id = api_key_id and k.revoked_at is null) as is_live,
  seen_at < now() - interval '1 minute' as is_unnoted
from sessions where public_id = $1`,
};

/** Finds a session, over or not; `idleS` is how many seconds it may lie unused. */
export async function findSession(db: Database, publicId: string, idleS: number): Promise<SessionRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND_SESSION, [publicId, idleS]));
  if (row === undefined) return undefined;
  return {
    publicId: row.public_id,
    workspaceId: row.workspace_id,
    apiKeyId: row.api_key_id,
    digest: row.digest,
    pepperId: row.pepper_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    isLive: row.is_live,
    isUnnoted: row.is_unnoted,
  };
}

const INSERT_SESSION: NamedStatement<{ expires_at: Date }> = {
  name: "insert-session",
  text: `
insert into sessions (public_id, workspace_id, api_key_id, digest, pepper_id, expires_at)
values ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 second') returning expires_at`,
};
// A day later nobody asks any more why they were signed out.
const PURGE_SESSIONS: NamedStatement<object> = {
  name: "purge-sessions",
  text: `
delete from sessions where public_id = any(array(
  select public_id from sessions where expires_at < now() - interval '1 day' order by expires_at limit 100))`,
};

/** Keeps a session for `lifetimeS` seconds, takes some that are long over away, and answers when it will end. */
export async function insertSession(
  tx: Statements,
  session: { publicId: string; workspaceId: WorkspaceId; apiKeyId: string; digest: Buffer; pepperId: string },
  lifetimeS: number,
): Promise<Date> {
  await tx.named(PURGE_SESSIONS, []);
  const { publicId, workspaceId, apiKeyId, digest, pepperId } = session;
  const [row] = await tx.named(INSERT_SESSION, [publicId, workspaceId, apiKeyId, digest, pepperId, lifetimeS]);
  if (row === undefined) throw new Error("An insert must return its row");
  return row.expires_at;
}

const NOTE_SESSION: NamedStatement<object> = {
  name: "note-session",
  text: "update sessions set seen_at = now() where public_id = $1",
};

/** Notes that a session is in use. */
export async function noteSession(db: Database, publicId: string): Promise<void> {
  await inSystem(db, (tx) => tx.last.named(NOTE_SESSION, [publicId]));
}

const REVOKE_SESSION: NamedStatement<object> = {
  name: "revoke-session",
  text: "update sessions set revoked_at = now() where public_id = $1 and revoked_at is null",
};

/** Ends a session; one that is over already stays so. */
export async function revokeSession(tx: Statements, publicId: string): Promise<void> {
  await tx.named(REVOKE_SESSION, [publicId]);
}
