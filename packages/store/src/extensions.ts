import { sql } from "kysely";
import type { Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** Keeps a directory's extension schemas, as the scim package parses them. */
export async function setExtensions(
  tx: Statements,
  tenantId: TenantId,
  directory: { id: string; extensions: readonly unknown[] },
): Promise<void> {
  await tx.run(
    tx.sql
      .updateTable("directories")
      .set({ extensions: JSON.stringify(directory.extensions) })
      .where("tenant_id", "=", tenantId)
      .where("id", "=", directory.id),
  );
}

/** Tells whether any person or group of a directory, tombstones included, holds values of an extension. */
export async function isExtensionUsed(
  tx: Statements,
  tenantId: TenantId,
  extension: { directoryId: string; resourceType: "User" | "Group"; urn: string },
): Promise<boolean> {
  const rows = await tx.run(
    tx.sql
      .selectFrom(extension.resourceType === "User" ? "users" : "groups")
      .select("id")
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", extension.directoryId)
      .where(sql<boolean>`attributes ? ${extension.urn}::text`)
      .limit(1),
  );
  return rows.length > 0;
}
