import { type Database, inSystem, type NamedStatement, type Statements } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

/** A data key as it is kept: wrapped by a key that follows from an encryption key. */
export type WrappedKey = { id: string; wrapped: Buffer };

const KEYED_TENANTS: NamedStatement<{ tenant_id: TenantId }> = {
  name: "keyed-tenants",
  text: "select distinct tenant_id from lanes where $1::uuid is null or tenant_id > $1 order by tenant_id limit $2",
};

/** Before a tenant is known, ids only: every tenant with a lane, and so every one with a data key, by pages. */
export async function pageKeyedTenants(
  db: Database,
  page: { after: TenantId | undefined; limit: number },
): Promise<TenantId[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(KEYED_TENANTS, [page.after ?? null, page.limit]));
  return rows.map((row) => row.tenant_id);
}

const WORKSPACES: NamedStatement<{ id: WorkspaceId }> = {
  name: "page-workspaces",
  text: "select id from workspaces where $1::uuid is null or id > $1 order by id limit $2",
};

/** Ids of the workspaces, by pages. */
export async function pageWorkspaces(
  db: Database,
  page: { after: WorkspaceId | undefined; limit: number },
): Promise<WorkspaceId[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(WORKSPACES, [page.after ?? null, page.limit]));
  return rows.map((row) => row.id);
}

const TENANT_KEYS: NamedStatement<WrappedKey> = {
  name: "tenant-keys-not-under",
  text: "select id, wrapped from tenant_keys where tenant_id = $1 and wrapped_by <> $2 order by id limit $3",
};

/** A tenant's data keys that another key than this one wraps. */
export async function tenantKeysNotUnder(
  tx: Statements,
  tenantId: TenantId,
  wrapKeyId: string,
  limit: number,
): Promise<WrappedKey[]> {
  return await tx.named(TENANT_KEYS, [tenantId, wrapKeyId, limit]);
}

const REPLACE_TENANT_KEY: NamedStatement<object> = {
  name: "replace-tenant-key",
  text: "update tenant_keys set wrapped = $4, wrapped_by = $5 where tenant_id = $1 and id = $2 and wrapped = $3",
};

/** Keeps a data key in its new wrapping, unless somebody has wrapped it anew meanwhile. */
export async function replaceTenantKey(
  tx: Statements,
  tenantId: TenantId,
  key: WrappedKey,
  fresh: { wrapped: Buffer; keyId: string },
): Promise<void> {
  await tx.named(REPLACE_TENANT_KEY, [tenantId, key.id, key.wrapped, fresh.wrapped, fresh.keyId]);
}

// The name of the key that wraps it stands in the wrapped key itself, after a byte for the version.
const WEBHOOK_KEYS: NamedStatement<WrappedKey> = {
  name: "webhook-keys-not-under",
  text: `
select id, wrapped_key as wrapped from webhooks
where workspace_id = $1 and substring(wrapped_key from 2 for 6) <> decode($2, 'hex') order by id limit $3`,
};

/** Keys of a workspace's webhooks that another key than this one wraps. */
export async function webhookKeysNotUnder(
  tx: Statements,
  workspaceId: WorkspaceId,
  wrapKeyId: string,
  limit: number,
): Promise<WrappedKey[]> {
  return await tx.named(WEBHOOK_KEYS, [workspaceId, wrapKeyId, limit]);
}

const REPLACE_WEBHOOK_KEY: NamedStatement<object> = {
  name: "replace-webhook-key",
  text: "update webhooks set wrapped_key = $4 where workspace_id = $1 and id = $2 and wrapped_key = $3",
};

/** Keeps a webhook's key in its new wrapping, unless somebody has wrapped it anew meanwhile. */
export async function replaceWebhookKey(
  tx: Statements,
  workspaceId: WorkspaceId,
  key: WrappedKey,
  wrapped: Buffer,
): Promise<void> {
  await tx.named(REPLACE_WEBHOOK_KEY, [workspaceId, key.id, key.wrapped, wrapped]);
}

/** Live credentials whose digests were made under other peppers. */
export type DigestUses = { apiKeys: number; directoryTokens: number; sessions: number; portalLinks: number };

const USES: NamedStatement<DigestUses> = {
  name: "count-digests-not-under",
  text: `
select (select count(*)::int from api_keys where pepper_id <> $1 and revoked_at is null) as "apiKeys",
  (select count(*)::int from directory_tokens where pepper_id <> $1 and revoked_at is null and expires_at > now()) as "directoryTokens",
  (select count(*)::int from sessions where pepper_id <> $1 and revoked_at is null and expires_at > now()) as sessions,
  (select count(*)::int from portal_links where pepper_id <> $1 and used_at is null and revoked_at is null and expires_at > now()) as "portalLinks"`,
};

/** Before a tenant is known, numbers only: what still needs a pepper other than this one. */
export async function countDigestsUnder(db: Database, { otherThan }: { otherThan: string }): Promise<DigestUses> {
  const [row] = await inSystem(db, (tx) => tx.last.named(USES, [otherThan]));
  return row ?? { apiKeys: 0, directoryTokens: 0, sessions: 0, portalLinks: 0 };
}
