import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import { type Holder, holderColumns, holderOf } from "./holders.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

/** What a link lets a tenant's administrator do. */
export type PortalRights = "setup" | "manage" | "view";

/** A link as lists show it: nothing in it opens anything. */
export type PortalLinkView = {
  id: string;
  rights: PortalRights;
  needsSecondCode: boolean;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
  /** Whose page it may be framed by; null where it opens in a page of its own. */
  embedOrigin: string | null;
};

/** A link as it is kept for whoever comes with it. */
export type PortalLinkRecord = {
  publicId: string;
  workspaceId: WorkspaceId;
  tenantId: TenantId;
  /** Who made it. */
  holder: Holder;
  rights: PortalRights;
  digest: Buffer;
  pepperId: string;
  secondDigest: Buffer | null;
  /** Whose page it may be framed by; null where it opens in a page of its own. */
  embedOrigin: string | null;
  /** False once it was used, revoked or over, or its maker may make none any more, by the database's clock (F33). */
  isLive: boolean;
};

export type NewPortalLink = Omit<PortalLinkRecord, "isLive">;

/** Wrong second codes that a link bears. */
const MAX_FAILURES = 5;

const LINK_IS_LIVE = `l.used_at is null and l.revoked_at is null and l.expires_at > now()
    and (exists (select from api_keys k where k.public_id = l.api_key_id and k.revoked_at is null and k.role in ('owner', 'admin'))
      or exists (select from members m where m.workspace_id = l.workspace_id and m.id = l.member_id and m.removed_at is null
        and m.role in ('owner', 'admin')))`;

const INSERT: NamedStatement<{ created_at: Date; expires_at: Date }> = {
  name: "insert-portal-link",
  text: `
with tenant as (
  -- Locked, so that who suspends it meanwhile finds the link to end.
  select id from tenants where workspace_id = $2 and id = $3 and suspended_at is null for share
)
insert into portal_links (public_id, workspace_id, tenant_id, api_key_id, member_id, rights, digest, pepper_id, second_digest, embed_origin, expires_at)
select $1, $2, id, $4, $5, $6, $7, $8, $9, $10, now() + $11::float8 * interval '1 second' from tenant returning created_at, expires_at`,
};
// A month later nobody asks any more who came in by it.
const PURGE: NamedStatement<object> = {
  name: "purge-portal-links",
  text: `
delete from portal_links where public_id = any(array(
  select public_id from portal_links where expires_at < now() - interval '31 days' order by expires_at limit 100))`,
};

/** Keeps a link for `lifetimeS` seconds, takes some that are long over away, and answers when it was made and will end; undefined where the tenant is suspended. */
export async function insertPortalLink(
  tx: Statements,
  link: NewPortalLink,
  lifetimeS: number,
): Promise<{ createdAt: Date; expiresAt: Date } | undefined> {
  await tx.named(PURGE, []);
  const { publicId, workspaceId, tenantId, holder, rights, digest, pepperId, secondDigest, embedOrigin } = link;
  const [row] = await tx.named(INSERT, [
    ...[publicId, workspaceId, tenantId, ...holderColumns(holder), rights, digest, pepperId, secondDigest],
    ...[embedOrigin, lifetimeS],
  ]);
  return row === undefined ? undefined : { createdAt: row.created_at, expiresAt: row.expires_at };
}

const LIST: NamedStatement<PortalLinkView> = {
  name: "list-portal-links",
  text: `
select public_id as id, rights, second_digest is not null as "needsSecondCode", coalesce('key:' || api_key_id, 'member:' || member_id) as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", used_at as "usedAt", revoked_at as "revokedAt", embed_origin as "embedOrigin"
from portal_links l where tenant_id = $1
  and ($2::text is null or (created_at, public_id) < (select s.created_at, s.public_id from portal_links s where s.tenant_id = $1 and s.public_id = $2))
order by created_at desc, public_id desc limit $3`,
};

/** The links of a tenant, newest first; those that ended a month ago are gone. */
export async function listPortalLinks(
  tx: Statements,
  tenantId: TenantId,
  page: { after: string | undefined; limit: number },
): Promise<PortalLinkView[]> {
  return await tx.named(LIST, [tenantId, page.after ?? null, page.limit]);
}

const REVOKE: NamedStatement<{ public_id: string }> = {
  name: "revoke-portal-links",
  text: `
update portal_links set revoked_at = now() where tenant_id = $1 and ($2::text is null or public_id = $2) and revoked_at is null
returning public_id`,
};

/** Ends a link of a tenant, and the session that was begun with it; false when there is none, or it was ended already. */
export async function revokePortalLink(tx: Statements, tenantId: TenantId, id: string): Promise<boolean> {
  return (await tx.named(REVOKE, [tenantId, id])).length > 0;
}

/** Ends all links of a tenant, and whatever was begun with them (V29). */
export async function revokePortalLinks(tx: Statements, tenantId: TenantId): Promise<void> {
  await tx.named(REVOKE, [tenantId, null]);
}

type LinkRow = {
  public_id: string;
  workspace_id: WorkspaceId;
  tenant_id: TenantId;
  api_key_id: string | null;
  member_id: string | null;
  rights: PortalRights;
  digest: Buffer;
  pepper_id: string;
  second_digest: Buffer | null;
  embed_origin: string | null;
  is_live: boolean;
};

const FIND: NamedStatement<LinkRow> = {
  name: "find-portal-link",
  text: `
select public_id, workspace_id, tenant_id, api_key_id, member_id, rights, digest, pepper_id, second_digest, embed_origin, ${LINK_IS_LIVE} as is_live
from portal_links l where public_id = $1`,
};

/** Finds a link, live or not. */
export async function findPortalLink(db: Database, publicId: string): Promise<PortalLinkRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND, [publicId]));
  if (row === undefined) return undefined;
  return {
    publicId: row.public_id,
    workspaceId: row.workspace_id,
    tenantId: row.tenant_id,
    holder: holderOf(row),
    rights: row.rights,
    digest: row.digest,
    pepperId: row.pepper_id,
    secondDigest: row.second_digest,
    embedOrigin: row.embed_origin,
    isLive: row.is_live,
  };
}

const FIND_PLACE: NamedStatement<{ workspace_id: WorkspaceId; embed_origin: string | null }> = {
  name: "find-portal-place",
  text: `
select workspace_id, embed_origin from portal_links l where public_id = $1 and revoked_at is null
  and (${LINK_IS_LIVE} or exists (select from sessions s where s.portal_link_id = l.public_id and s.revoked_at is null and s.expires_at > now()))`,
};

/** Whose a link is and whose page may frame it, while it or what was begun with it lives: what may be told to whoever knows its id. */
export async function findPortalPlace(
  db: Database,
  publicId: string,
): Promise<{ workspaceId: WorkspaceId; embedOrigin: string | null } | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND_PLACE, [publicId]));
  return row === undefined ? undefined : { workspaceId: row.workspace_id, embedOrigin: row.embed_origin };
}

const USE: NamedStatement<{ public_id: string }> = {
  name: "use-portal-link",
  text: `update portal_links l set used_at = now() where tenant_id = $1 and public_id = $2 and ${LINK_IS_LIVE} returning public_id`,
};

/** Uses a link up; false when somebody else did, or it is over. */
export async function usePortalLink(tx: Statements, tenantId: TenantId, publicId: string): Promise<boolean> {
  return (await tx.named(USE, [tenantId, publicId])).length > 0;
}

const FAIL: NamedStatement<{ is_last: boolean }> = {
  name: "fail-portal-link",
  text: `
update portal_links set failures = failures + 1,
  revoked_at = case when failures + 1 >= ${MAX_FAILURES} then coalesce(revoked_at, now()) else revoked_at end
where tenant_id = $1 and public_id = $2 returning failures = ${MAX_FAILURES} as is_last`,
};

/** Counts a wrong second code; true for the fifth, with which the link is over. */
export async function failPortalLink(tx: Statements, tenantId: TenantId, publicId: string): Promise<boolean> {
  const [row] = await tx.named(FAIL, [tenantId, publicId]);
  return row?.is_last === true;
}
