import type { NamedStatement, Statements } from "./database.ts";
import type { MemberMatching, TenantId } from "./tables.ts";

/** How the gates of a directory's new connections begin. */
export type DirectoryGate = "open" | "closed";

export type DirectoryRecord = {
  id: string;
  provider: string;
  name: string;
  createdAt: Date;
  gate: DirectoryGate;
} & Omit<DirectorySettings, "extensions">;

const DIRECTORY_COLUMNS = [
  "id",
  "provider",
  "name",
  "created_at as createdAt",
  "enabled",
  "allowed_addresses as allowedAddresses",
  "requests_per_second as requestsPerSecond",
  "member_matching as memberMatching",
  "tombstone_days as tombstoneDays",
  "request_log_days as requestLogDays",
  "request_log_bodies as requestLogBodies",
  "gate",
] as const;

/** Inserts a directory: the place that one identity provider pushes to. */
export async function insertDirectory(
  tx: Statements,
  tenantId: TenantId,
  directory: { id: string; provider: string; name: string; gate?: DirectoryGate },
): Promise<DirectoryRecord> {
  const rows = await tx.run(
    tx.sql
      .insertInto("directories")
      .values({ tenant_id: tenantId, ...directory })
      .returning(DIRECTORY_COLUMNS),
  );
  const [row] = rows;
  if (row === undefined) throw new Error("An insert must return its row");
  return row;
}

/** Lists a tenant's directories in the order of their ids. */
export async function listDirectories(
  tx: Statements,
  tenantId: TenantId,
  page: { id?: string; after?: string | undefined; limit: number },
): Promise<DirectoryRecord[]> {
  let query = tx.sql
    .selectFrom("directories")
    .select(DIRECTORY_COLUMNS)
    .where("tenant_id", "=", tenantId)
    .orderBy("id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("id", "=", page.id);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return await tx.run(query);
}

export type DirectoryChange = Partial<Omit<DirectorySettings, "extensions"> & { name: string; gate: DirectoryGate }>;

/** Changes what a directory is called or set to; undefined when there is none such. What is left out stays. */
export async function updateDirectory(
  tx: Statements,
  tenantId: TenantId,
  id: string,
  change: DirectoryChange,
): Promise<DirectoryRecord | undefined> {
  const columns = {
    name: change.name,
    enabled: change.enabled,
    allowed_addresses: change.allowedAddresses,
    requests_per_second: change.requestsPerSecond,
    member_matching: change.memberMatching,
    tombstone_days: change.tombstoneDays,
    request_log_days: change.requestLogDays,
    request_log_bodies: change.requestLogBodies,
    gate: change.gate,
  };
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const rows = await tx.run(
    tx.sql
      .updateTable("directories")
      .set(given)
      .where("tenant_id", "=", tenantId)
      .where("id", "=", id)
      .returning(DIRECTORY_COLUMNS),
  );
  return rows[0];
}

/** What a directory is set to; `extensions` as it was stored, see `parseExtensionDefinition` of the scim package. */
export type DirectorySettings = {
  enabled: boolean;
  /** CIDRs that may use the directory; null means any address. */
  allowedAddresses: string[] | null;
  /** Null means the installation's own limit. */
  requestsPerSecond: number | null;
  memberMatching: MemberMatching[];
  tombstoneDays: number;
  /** 0 keeps no log of requests. */
  requestLogDays: number;
  requestLogBodies: boolean;
  extensions: unknown;
};

const SETTINGS: NamedStatement<DirectorySettings> = {
  name: "directory-settings",
  text: `
select enabled, allowed_addresses as "allowedAddresses", requests_per_second as "requestsPerSecond", member_matching as "memberMatching",
  tombstone_days as "tombstoneDays", request_log_days as "requestLogDays", request_log_bodies as "requestLogBodies", extensions
from directories where tenant_id = $1 and id = $2`,
};

/** Reads what a directory is set to; undefined when there is no such directory. */
export async function getDirectorySettings(
  tx: Statements,
  tenantId: TenantId,
  id: string,
): Promise<DirectorySettings | undefined> {
  const [row] = await tx.named(SETTINGS, [tenantId, id]);
  return row;
}

/** Locks a directory's row, so that what is counted below it stays true until the end; false when there is none. */
export async function lockDirectory(tx: Statements, tenantId: TenantId, id: string): Promise<boolean> {
  const rows = await tx.run(
    tx.sql.selectFrom("directories").select("id").where("tenant_id", "=", tenantId).where("id", "=", id).forUpdate(),
  );
  return rows.length === 1;
}

export type DataKey = { id: string; wrapped: Buffer; wrappedBy: string };

/** Reads the tenant's newest data key, which new secrets are sealed with. */
export async function getDataKey(tx: Statements, tenantId: TenantId, id?: string): Promise<DataKey | undefined> {
  let query = tx.sql
    .selectFrom("tenant_keys")
    .select(["id", "wrapped", "wrapped_by as wrappedBy"])
    .where("tenant_id", "=", tenantId)
    .orderBy("created_at", "desc")
    .limit(1);
  if (id !== undefined) query = query.where("id", "=", id);
  const [row] = await tx.run(query);
  return row;
}

/** Keeps a tenant's wrapped data key. */
export async function insertDataKey(tx: Statements, tenantId: TenantId, key: DataKey): Promise<void> {
  await tx.run(
    tx.sql
      .insertInto("tenant_keys")
      .values({ tenant_id: tenantId, id: key.id, wrapped: key.wrapped, wrapped_by: key.wrappedBy }),
  );
}
