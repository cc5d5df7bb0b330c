import { sql } from "kysely";
import type { Database, NamedStatement, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { Role } from "./holders.ts";
import type { WorkspaceId } from "./tables.ts";

// Keys and tokens are looked up before any tenant is known: ids, digests and times only, outside row-level security.
// Functions here that open their own transaction are listed in before-tenant.test.ts.

export type ApiKeyRecord = {
  publicId: string;
  workspaceId: WorkspaceId;
  role: Role;
  digest: Buffer;
  pepperId: string;
};

const FIND_KEY: NamedStatement<{
  public_id: string;
  workspace_id: WorkspaceId;
  role: Role;
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

const READ_EPOCH: NamedStatement<{ epoch: number; now_ms: number }> = {
  name: "credential-epoch",
  text: "select epoch, extract(epoch from clock_timestamp())::float8 * 1000 as now_ms from credential_epoch",
};

/**
 * The counter that every change of keys, tokens, clients and what a directory is set to raises: when it moved, what is
 * cached of them is stale. With the database's time, by which expiry is judged (F33).
 */
export async function readCredentialEpoch(db: Database): Promise<{ epoch: number; nowMs: number }> {
  const [row] = await inSystem(db, (tx) => tx.last.named(READ_EPOCH, []));
  if (row === undefined) throw new Error("The credential epoch has one row");
  return { epoch: row.epoch, nowMs: row.now_ms };
}

/** Makes every process forget, within a second, what it knows of credentials and directories. */
export async function raiseCredentialEpoch(tx: Statements): Promise<void> {
  await tx.run(tx.sql.updateTable("credential_epoch").set({ epoch: sql<number>`epoch + 1` }));
}

/** Ensures that a key with this digest is live, whatever happened to it before; an owner's unless told, and one that was there keeps its role. */
export async function ensureApiKey(
  db: Database,
  key: { publicId: string; workspaceId: WorkspaceId; role?: Role; digest: Buffer; pepperId: string },
): Promise<void> {
  const values = {
    public_id: key.publicId,
    workspace_id: key.workspaceId,
    role: key.role ?? "owner",
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

export type UsedCredentials = {
  apiKeys: readonly string[];
  directoryTokens: readonly { publicId: string; from: string | null }[];
};

const TOUCH_TOKENS: NamedStatement<object> = {
  name: "touch-directory-tokens",
  text: `
update directory_tokens t set last_used_at = now(), last_used_from = used.from_address
from unnest($1::text[], $2::text[]) as used(public_id, from_address) where t.public_id = used.public_id`,
};

/** Notes when, and tokens from where, credentials were last used: one statement for all that were seen since the last note. */
export async function touchCredentials(db: Database, used: UsedCredentials): Promise<void> {
  const tokens = used.directoryTokens;
  await inSystem(db, async (tx) => {
    if (used.apiKeys.length > 0)
      await tx.run(
        tx.sql
          .updateTable("api_keys")
          .set({ last_used_at: sql<Date>`now()` })
          .where("public_id", "in", [...used.apiKeys]),
      );
    if (tokens.length > 0)
      await tx.named(TOUCH_TOKENS, [tokens.map((token) => token.publicId), tokens.map((token) => token.from)]);
  });
}
