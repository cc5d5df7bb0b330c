import { sql } from "kysely";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

// Keys and tokens are looked up before any tenant is known: ids, digests and times only, outside row-level security.
// Functions here that open their own transaction are listed in before-tenant.test.ts.

export type ApiKeyRecord = {
  publicId: string;
  workspaceId: WorkspaceId;
  role: "owner";
  digest: Buffer;
  pepperId: string;
};

const FIND_KEY: NamedStatement<{
  public_id: string;
  workspace_id: WorkspaceId;
  role: "owner";
  digest: Buffer;
  pepper_id: string;
}> = {
  name: "find-api-key",
  text: "select public_id, workspace_id, role, digest, pepper_id from api_keys where public_id = $1 and revoked_at is null",
};

/** Finds a live API key by its public id. */
export async function findApiKey(db: Database, publicId: string): Promise<ApiKeyRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.named(FIND_KEY, [publicId]));
  if (row === undefined) return undefined;
  return {
    publicId: row.public_id,
    workspaceId: row.workspace_id,
    role: row.role,
    digest: row.digest,
    pepperId: row.pepper_id,
  };
}

export type DirectoryTokenRecord = {
  publicId: string;
  tenantId: TenantId;
  directoryId: string;
  digest: Buffer;
  pepperId: string;
  expiresAt: Date;
};

const FIND_TOKEN: NamedStatement<{
  public_id: string;
  tenant_id: TenantId;
  directory_id: string;
  digest: Buffer;
  pepper_id: string;
  expires_at: Date;
}> = {
  name: "find-directory-token",
  text: `select public_id, tenant_id, directory_id, digest, pepper_id, expires_at from directory_tokens
    where public_id = $1 and revoked_at is null and expires_at > now()`,
};

/** Finds a live directory token by its public id; expiry is judged by the database's clock (F33). */
export async function findDirectoryToken(db: Database, publicId: string): Promise<DirectoryTokenRecord | undefined> {
  const [row] = await inSystem(db, (tx) => tx.named(FIND_TOKEN, [publicId]));
  if (row === undefined) return undefined;
  return {
    publicId: row.public_id,
    tenantId: row.tenant_id,
    directoryId: row.directory_id,
    digest: row.digest,
    pepperId: row.pepper_id,
    expiresAt: row.expires_at,
  };
}

/** The counter that every change of keys or tokens raises: when it moved, cached credentials are stale. */
export async function readCredentialEpoch(db: Database): Promise<number> {
  const [row] = await inSystem(db, (tx) => tx.run(tx.sql.selectFrom("credential_epoch").select("epoch")));
  if (row === undefined) throw new Error("The credential epoch has one row");
  return row.epoch;
}

/** Makes every process forget what it cached of credentials and directories, within a second. */
export async function raiseCredentialEpoch(tx: Statements): Promise<void> {
  await tx.run(tx.sql.updateTable("credential_epoch").set({ epoch: sql<number>`epoch + 1` }));
}

/** Ensures that a key with this digest is live, whatever happened to it before. */
export async function ensureApiKey(
  db: Database,
  key: { publicId: string; workspaceId: WorkspaceId; digest: Buffer; pepperId: string },
): Promise<void> {
  const values = {
    public_id: key.publicId,
    workspace_id: key.workspaceId,
    role: "owner" as const,
    digest: key.digest,
    pepper_id: key.pepperId,
  };
  await inSystem(db, async (tx) => {
    await tx.run(
      tx.sql
        .insertInto("api_keys")
        .values(values)
        .onConflict((conflict) =>
          conflict.column("public_id").doUpdateSet({ digest: key.digest, pepper_id: key.pepperId, revoked_at: null }),
        ),
    );
    await raiseCredentialEpoch(tx);
  });
}

/** Keeps a key only if there has never been one; false when there has. Processes that start together agree on one. */
export async function insertFirstApiKey(
  db: Database,
  key: { publicId: string; workspaceId: WorkspaceId; digest: Buffer; pepperId: string },
): Promise<boolean> {
  return await inSystem(db, async (tx) => {
    await tx.run(tx.sql.selectFrom("credential_epoch").select("epoch").forUpdate());
    const known = await tx.run(tx.sql.selectFrom("api_keys").select("public_id").limit(1));
    if (known.length > 0) return false;
    await tx.run(
      tx.sql.insertInto("api_keys").values({
        public_id: key.publicId,
        workspace_id: key.workspaceId,
        role: "owner",
        digest: key.digest,
        pepper_id: key.pepperId,
      }),
    );
    await raiseCredentialEpoch(tx);
    return true;
  });
}

/** Notes when credentials were last used, in one statement for all that were seen since the last note. */
export async function touchCredentials(
  db: Database,
  used: { apiKeys: readonly string[]; directoryTokens: readonly string[] },
): Promise<void> {
  await inSystem(db, async (tx) => {
    const now = sql<Date>`now()`;
    if (used.apiKeys.length > 0)
      await tx.run(
        tx.sql
          .updateTable("api_keys")
          .set({ last_used_at: now })
          .where("public_id", "in", [...used.apiKeys]),
      );
    if (used.directoryTokens.length > 0)
      await tx.run(
        tx.sql
          .updateTable("directory_tokens")
          .set({ last_used_at: now })
          .where("public_id", "in", [...used.directoryTokens]),
      );
  });
}

/** Keeps a new directory token's digest in the directory's own transaction. */
export async function insertDirectoryToken(
  tx: Statements,
  tenantId: TenantId,
  token: { publicId: string; directoryId: string; digest: Buffer; pepperId: string; expiresAt: Date },
): Promise<void> {
  await tx.run(
    tx.sql.insertInto("directory_tokens").values({
      public_id: token.publicId,
      tenant_id: tenantId,
      directory_id: token.directoryId,
      digest: token.digest,
      pepper_id: token.pepperId,
      expires_at: token.expiresAt,
    }),
  );
}

export type DirectoryTokenView = {
  id: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
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
      "t.created_at as createdAt",
      "t.expires_at as expiresAt",
      "t.last_used_at as lastUsedAt",
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

/** Counts a directory's live tokens, which are at most two at a time. */
export async function countLiveTokens(tx: Statements, tenantId: TenantId, directoryId: string): Promise<number> {
  const rows = await tx.run(
    tx.sql
      .selectFrom("directory_tokens")
      .select("public_id")
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", directoryId)
      .where("revoked_at", "is", null)
      .where("expires_at", ">", sql<Date>`now()`),
  );
  return rows.length;
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
