import { foldCase } from "@muster/scim";
import { sql } from "kysely";
import type { Statements } from "./database.ts";
import { type GroupRecord, toGroupRecord } from "./groups.ts";
import type { TenantId } from "./tables.ts";
import { toUserRecord, type UserRecord } from "./users.ts";

/** A page by key, for the admin API. */
export type KeyPage = { after: string | undefined; limit: number };

type UserRow = Parameters<typeof toUserRecord>[0];

const USER_COLUMNS = [
  "r.id",
  "r.directory_id",
  "r.user_name",
  "r.external_id",
  "r.active",
  "r.attributes",
  "r.version",
  "r.created_at",
  "r.updated_at",
] as const;
const GROUP_COLUMNS = [
  "r.id",
  "r.directory_id",
  "r.display_name",
  "r.external_id",
  "r.attributes",
  "r.version",
  "r.created_at",
  "r.updated_at",
] as const;

/** Lists a tenant's live users over all its directories in the order of their ids, for the admin API. */
export async function pageUsers(
  tx: Statements,
  tenantId: TenantId,
  page: KeyPage & { userName?: string | undefined },
): Promise<UserRecord[]> {
  let query = tx.sql
    .selectFrom("users as r")
    .select(USER_COLUMNS)
    .where("r.tenant_id", "=", tenantId)
    .where("r.deleted_at", "is", null)
    .orderBy("r.id")
    .limit(page.limit);
  if (page.userName !== undefined) query = query.where("r.user_name_key", "=", foldCase(page.userName));
  if (page.after !== undefined) query = query.where("r.id", ">", page.after);
  const rows: UserRow[] = await tx.run(query);
  return rows.map(toUserRecord);
}

/** Lists a tenant's groups with their number of members, for the admin API. */
export async function pageGroups(
  tx: Statements,
  tenantId: TenantId,
  page: { id?: string; after?: string | undefined; limit: number },
): Promise<(GroupRecord & { memberCount: number })[]> {
  let query = tx.sql
    .selectFrom("groups as r")
    .select(GROUP_COLUMNS)
    .select((select) =>
      select
        .selectFrom("memberships as m")
        .select(sql<number>`count(*)`.as("members"))
        .whereRef("m.tenant_id", "=", "r.tenant_id")
        .whereRef("m.group_id", "=", "r.id")
        .as("members"),
    )
    .where("r.tenant_id", "=", tenantId)
    .orderBy("r.id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("r.id", "=", page.id);
  if (page.after !== undefined) query = query.where("r.id", ">", page.after);
  const rows = await tx.run(query);
  return rows.map((row) => ({ ...toGroupRecord(row), memberCount: row.members ?? 0 }));
}
