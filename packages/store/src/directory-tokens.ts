import { sql } from "kysely";
import { raiseCredentialEpoch } from "./credentials.ts";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { TenantId, TokenKind, WorkspaceId } from "./tables.ts";

// Tokens and clients of directories are looked up before any tenant is known: ids, digests and times only, outside
// row-level security.

export type DirectoryTokenRecord = {
  publicId: string;
  tenantId: TenantId;
  directoryId: string;
  digest: Buffer;
  pepperId: string;
  kind: TokenKind;
  /** Null means everything. */
  scopes: string[] | null;
  /** The tenant is suspended: the token is genuine and does nothing. */
  suspended: boolean;
  expiresAt: Date;
};

const FIND_TOKEN: NamedStatement<DirectoryTokenRecord> = {
  name: "find-directory-token",
  text: `select public_id as "publicId", tenant_id as "tenantId", directory_id as "directoryId", digest, pepper_id as "pepperId",
      kind, scopes, suspended, expires_at as "expiresAt"
    from directory_tokens where public_id = $1 and revoked_at is null and expires_at > now()`,
};

/** Finds a live token or client by its public id; expiry is judged by the database's clock (F33). */
export async function findDirectoryToken(db: Database, publicId: string): Promise<DirectoryTokenRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.last.named(FIND_TOKEN, [publicId]));
  return row;
}

export type NewDirectoryToken = {
  publicId: string;
  last4: string;
  directoryId: string;
  digest: Buffer;
  pepperId: string;
  kind: TokenKind;
  scopes: readonly string[] | null;
  expiresInDays: number;
};

const INSERT_TOKEN: NamedStatement<{ expiresAt: Date }> = {
  name: "insert-directory-token",
  text: `
insert into directory_tokens (public_id, last4, tenant_id, directory_id, digest, pepper_id, kind, scopes, expires_at, suspended)
values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 day',
  coalesce((select suspended_at is not null from tenants where workspace_id = $10 and id = $3 for share), false))
returning expires_at as "expiresAt"`,
};

/**
 * Keeps a new token's digest in the directory's own transaction and answers when it expires, by the database's clock; it
 * is suspended, if its tenant is.
 */
export async function insertDirectoryToken(
  tx: Statements,
  tenantId: TenantId,
  workspaceId: WorkspaceId,
  token: NewDirectoryToken,
): Promise<Date> {
  const { publicId, last4, directoryId, digest, pepperId, kind, scopes, expiresInDays } = token;
  const values = [publicId, last4, tenantId, directoryId, digest, pepperId, kind, scopes, expiresInDays, workspaceId];
  const [row] = await tx.named(INSERT_TOKEN, values);
  if (row === undefined) throw new Error("An insert must return its row");
  return row.expiresAt;
}

export type DirectoryTokenView = {
  id: string;
  kind: TokenKind;
  last4: string | null;
  scopes: string[] | null;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
  lastUsedFrom: string | null;
  revokedAt: Date | null;
};

/** Lists a directory's tokens, oldest first, without anything secret; `after` is the public id of the last one seen. */
export async function listDirectoryTokens(
  tx: Statements,
  tenantId: TenantId,
  page: { directoryId: string; after: string | undefined; limit: number },
): Promise<DirectoryTokenView[]> {
  let query = tx.sql
    .selectFrom("directory_tokens as t")
    .select([
      "t.public_id as id",
      "t.kind",
      "t.last4",
      "t.scopes",
      "t.created_at as createdAt",
      "t.expires_at as expiresAt",
      "t.last_used_at as lastUsedAt",
      "t.last_used_from as lastUsedFrom",
      "t.revoked_at as revokedAt",
    ])
    .where("t.tenant_id", "=", tenantId)
    .where("t.directory_id", "=", page.directoryId)
    .orderBy("t.created_at")
    .orderBy("t.public_id")
    .limit(page.limit);
  // Compared in the database: a Date would cut its microseconds off and show the last row again.
  if (page.after !== undefined) {
    const seen = sql`select s.created_at, s.public_id from directory_tokens s
      where s.tenant_id = ${tenantId} and s.directory_id = ${page.directoryId} and s.public_id = ${page.after}`;
    query = query.where(sql<boolean>`(t.created_at, t.public_id) > (${seen})`);
  }
  return await tx.run(query);
}

/** Counts a directory's live tokens of one kind, which are at most two at a time. */
export async function countLiveTokens(
  tx: Statements,
  tenantId: TenantId,
  of: { directoryId: string; kind: TokenKind },
): Promise<number> {
  const rows = await tx.run(
    tx.sql
      .selectFrom("directory_tokens")
      .select("public_id")
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", of.directoryId)
      .where("kind", "=", of.kind)
      .where("revoked_at", "is", null)
      .where("expires_at", ">", sql<Date>`now()`),
  );
  return rows.length;
}

/**
 * Lets a live token expire after so many hours, or when it would anyway, whichever is first; 0 is now. Answers what it may
 * do, so that its successor can inherit it; undefined when the directory has no such live token of that kind.
 */
export async function expireDirectoryToken(
  tx: Statements,
  tenantId: TenantId,
  token: { directoryId: string; publicId: string; kind: TokenKind; hours: number },
): Promise<{ scopes: string[] | null } | undefined> {
  const rows = await tx.run(
    tx.sql
      .updateTable("directory_tokens")
      .set({ expires_at: sql<Date>`least(expires_at, now() + ${token.hours} * interval '1 hour')` })
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", token.directoryId)
      .where("public_id", "=", token.publicId)
      .where("kind", "=", token.kind)
      .where("revoked_at", "is", null)
      .where("expires_at", ">", sql<Date>`now()`)
      .returning("scopes"),
  );
  if (rows.length > 0) await raiseCredentialEpoch(tx);
  return rows[0];
}

/** Revokes one token of a directory; false when it has no such live token. */
export async function revokeDirectoryToken(
  tx: Statements,
  tenantId: TenantId,
  token: { directoryId: string; publicId: string },
): Promise<boolean> {
  const rows = await tx.run(
    tx.sql
      .updateTable("directory_tokens")
      .set({ revoked_at: sql<Date>`now()` })
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", token.directoryId)
      .where("public_id", "=", token.publicId)
      .where("revoked_at", "is", null)
      .returning("public_id"),
  );
  if (rows.length === 0) return false;
  await raiseCredentialEpoch(tx);
  return true;
}

/** Marks all tokens of a tenant as suspended, or no longer so. */
export async function suspendDirectoryTokens(tx: Statements, tenantId: TenantId, suspended: boolean): Promise<void> {
  await tx.run(tx.sql.updateTable("directory_tokens").set({ suspended }).where("tenant_id", "=", tenantId));
  await raiseCredentialEpoch(tx);
}
