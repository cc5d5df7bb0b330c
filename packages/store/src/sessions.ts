import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import { type Holder, holderColumns, holderOf, type Role } from "./holders.ts";
import type { PortalRights } from "./portal-links.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

/** A session of the portal as it is kept: nothing in it opens anything. */
export type SessionRecord = {
  publicId: string;
  workspaceId: WorkspaceId;
  /** Who signed in, or made the link that it was begun with. */
  holder: Holder;
  /** What the holder may do at this moment. */
  role: Role;
  digest: Buffer;
  pepperId: string;
  createdAt: Date;
  expiresAt: Date;
  /** What it is held to where it was begun with a link of a tenant; null for everybody else. */
  portal: { linkId: string; tenantId: TenantId; rights: PortalRights; isFramed: boolean } | null;
  /** False once it was ended, its key, member or link was, or its time was over, by the database's clock (F33). */
  isLive: boolean;
  /** Whether its last use was noted too long ago to be exact. */
  isUnnoted: boolean;
};

type SessionRow = {
  public_id: string;
  workspace_id: WorkspaceId;
  api_key_id: string | null;
  member_id: string | null;
  role: Role | null;
  digest: Buffer;
  pepper_id: string;
  portal_link_id: string | null;
  tenant_id: TenantId | null;
  rights: PortalRights | null;
  is_framed: boolean;
  created_at: Date;
  expires_at: Date;
  is_live: boolean;
  is_unnoted: boolean;
};

const FIND_SESSION: NamedStatement<SessionRow> = {
  name: "find-session",
  text: `
select s.public_id, s.workspace_id, s.api_key_id, s.member_id, s.digest, s.pepper_id, s.created_at, s.expires_at, s.portal_link_id, l.tenant_id,
  l.rights, l.embed_origin is not null as is_framed, coalesce(k.role, m.role) as role,
  s.revoked_at is null and s.expires_at > now() and s.seen_at > now() - $2::float8 * interval '1 second' and l.revoked_at is null
    and coalesce(coalesce(k.role, m.role) in ('owner', 'admin') or s.portal_link_id is null and coalesce(k.role, m.role) is not null, false)
    as is_live,
  s.seen_at < now() - interval '1 minute' as is_unnoted
from sessions s
left join portal_links l on l.public_id = s.portal_link_id
left join api_keys k on k.public_id = s.api_key_id and k.revoked_at is null
left join members m on m.workspace_id = s.workspace_id and m.id = s.member_id and m.removed_at is null
where s.public_id = $1`,
};

/** Finds a session, over or not; `idleS` is how many seconds it may lie unused. */
export async function findSession(db: Database, publicId: string, idleS: number): Promise<SessionRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND_SESSION, [publicId, idleS]));
  if (row === undefined) return undefined;
  const { portal_link_id: linkId, tenant_id: tenantId, rights, is_framed: isFramed } = row;
  return {
    portal: linkId === null || tenantId === null || rights === null ? null : { linkId, tenantId, rights, isFramed },
    publicId: row.public_id,
    workspaceId: row.workspace_id,
    holder: holderOf(row),
    // Of what is over nobody may do anything: the least there is.
    role: row.role ?? "auditor",
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
insert into sessions (public_id, workspace_id, api_key_id, member_id, digest, pepper_id, portal_link_id, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, now() + $8::float8 * interval '1 second') returning expires_at`,
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
  session: Pick<SessionRecord, "publicId" | "workspaceId" | "holder" | "digest" | "pepperId"> & {
    portalLinkId: string | null;
  },
  lifetimeS: number,
): Promise<Date> {
  await tx.named(PURGE_SESSIONS, []);
  const { publicId, workspaceId, holder, digest, pepperId, portalLinkId } = session;
  const values = [publicId, workspaceId, ...holderColumns(holder), digest, pepperId, portalLinkId, lifetimeS];
  const [row] = await tx.named(INSERT_SESSION, values);
  if (row === undefined) throw new Error("An insert must return its row");
  return row.expires_at;
}

const NOTE_SESSION: NamedStatement<object> = {
  name: "note-session",
  text: `
with noted as (update sessions set seen_at = now() where public_id = $1 returning workspace_id, member_id, portal_link_id)
update members m set seen_at = now() from noted n
where m.workspace_id = n.workspace_id and m.id = n.member_id and n.portal_link_id is null`,
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
