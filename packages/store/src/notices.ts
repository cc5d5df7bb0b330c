import { uuidV7 } from "@muster/runtime";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { TenantId, TokenKind } from "./tables.ts";

export type NoticeRecord = { id: string; at: Date; kind: string; subject: string; message: string };

/** Newest first; `before` is the id of the last row already seen. */
export async function listNotices(
  tx: Statements,
  tenantId: TenantId,
  page: { before: string | undefined; limit: number },
): Promise<NoticeRecord[]> {
  let query = tx.sql
    .selectFrom("notices")
    .select(["id", "at", "kind", "subject", "message"])
    .where("tenant_id", "=", tenantId)
    .orderBy("id", "desc")
    .limit(page.limit);
  if (page.before !== undefined) query = query.where("id", "<", page.before);
  return await tx.run(query);
}

/** Keeps a notice unless there is one of this kind about this subject; true when it is new. */
export async function insertNotice(
  tx: Statements,
  tenantId: TenantId,
  notice: { kind: string; subject: string; message: string },
): Promise<boolean> {
  const rows = await tx.run(
    tx.sql
      .insertInto("notices")
      .values({ tenant_id: tenantId, id: uuidV7(), ...notice })
      .onConflict((conflict) => conflict.columns(["tenant_id", "kind", "subject"]).doNothing())
      .returning("id"),
  );
  return rows.length === 1;
}

/** Takes notices back whose cause is over, so that it is told of anew when it returns; answers how many there were. */
export async function deleteNotices(
  tx: Statements,
  tenantId: TenantId,
  about: { kinds: readonly string[]; subject: string },
): Promise<number> {
  const rows = await tx.run(
    tx.sql
      .deleteFrom("notices")
      .where("tenant_id", "=", tenantId)
      .where("subject", "=", about.subject)
      .where("kind", "in", [...about.kinds])
      .returning("id"),
  );
  return rows.length;
}

const ENDING_TENANTS: NamedStatement<{ tenant_id: TenantId }> = {
  name: "tenants-with-ending-tokens",
  text: `
select distinct tenant_id from directory_tokens
where revoked_at is null and expires_at between now() - interval '7 days' and now() + interval '30 days'
  and ($1::uuid is null or tenant_id > $1) order by tenant_id limit $2`,
};

/** Before a tenant is known, ids and times only: whose tokens expire within 30 days, or did in the last 7. In order, by pages. */
export async function listTenantsWithEndingTokens(
  db: Database,
  page: { after: TenantId | undefined; limit: number },
): Promise<TenantId[]> {
  const rows = await inSystem(db, (tx) => tx.last.named(ENDING_TENANTS, [page.after ?? null, page.limit]));
  return rows.map((row) => row.tenant_id);
}

export type TokenNearEnd = {
  publicId: string;
  kind: TokenKind;
  directoryName: string;
  expiresAt: Date;
  /** Until it expires, by the database's clock; below 0 once it has. */
  daysLeft: number;
  /** Used in the seven days before it expires, and nothing of its kind was used in this directory after it. */
  inUse: boolean;
  /** Another of its kind lives longer in this directory. */
  replaced: boolean;
};

const NEAR_END: NamedStatement<TokenNearEnd> = {
  name: "tokens-near-end",
  text: `
select t.public_id as "publicId", t.kind, d.name as "directoryName", t.expires_at as "expiresAt",
  (extract(epoch from t.expires_at - now()) / 86400)::float8 as "daysLeft",
  coalesce(t.last_used_at >= t.expires_at - interval '7 days' and not exists (
    select 1 from directory_tokens o where o.tenant_id = $1 and o.directory_id = t.directory_id and o.kind = t.kind
      and o.public_id <> t.public_id and o.revoked_at is null and o.last_used_at > t.last_used_at), false) as "inUse",
  exists (select 1 from directory_tokens o where o.tenant_id = $1 and o.directory_id = t.directory_id and o.kind = t.kind
    and o.revoked_at is null and o.expires_at > t.expires_at) as replaced
from directory_tokens t join directories d on d.tenant_id = $1 and d.id = t.directory_id
where t.tenant_id = $1 and t.revoked_at is null and t.expires_at between now() - interval '7 days' and now() + interval '30 days'
order by t.expires_at`,
};

/** A tenant's tokens that expire within 30 days, or did in the last 7. */
export async function findTokensNearEnd(tx: Statements, tenantId: TenantId): Promise<TokenNearEnd[]> {
  return await tx.named(NEAR_END, [tenantId]);
}
