import type { Filter } from "@muster/scim";
import { foldCase } from "@muster/scim";
import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import { filterToSql } from "./filter-to-sql.ts";
import { type GroupRecord, toGroupRecord } from "./groups.ts";
import type { TenantId } from "./tables.ts";
import { toUserRecord, type UserRecord } from "./users.ts";

/** A page by position, as SCIM's startIndex and count ask for it; startIndex counts from 1. */
export type PositionPage = { directoryId: string; filter: Filter | null; startIndex: number; count: number };
/** A page by key, for the admin API. */
export type KeyPage = { after: string | undefined; limit: number };

type UserRow = Parameters<typeof toUserRecord>[0];
type GroupRow = Parameters<typeof toGroupRecord>[0];

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

const FIND_BY_USER_NAME: NamedStatement<UserRow> = {
  name: "find-by-user-name",
  text: `select ${USER_COLUMNS.join(", ")} from users r
    where r.tenant_id = $1 and r.directory_id = $2 and r.user_name_key = $3 and r.deleted_at is null`,
};

/** Lists live users that pass a filter, with the number of all that do. */
export async function listUsers(
  tx: Statements,
  tenantId: TenantId,
  page: PositionPage,
): Promise<{ total: number; records: UserRecord[] }> {
  const name = userNameAskedFor(page.filter);
  if (name !== undefined) {
    // The look-up that every client makes before a create: one prepared statement, at most one row.
    const rows = await tx.named(FIND_BY_USER_NAME, [tenantId, page.directoryId, foldCase(name)]);
    const shown = page.startIndex === 1 && page.count > 0 ? rows : [];
    return { total: rows.length, records: shown.map(toUserRecord) };
  }
  let matching = tx.sql
    .selectFrom("users as r")
    .where("r.tenant_id", "=", tenantId)
    .where("r.directory_id", "=", page.directoryId)
    .where("r.deleted_at", "is", null);
  if (page.filter !== null) matching = matching.where(filterToSql(page.filter, "User"));
  const [counted] = await tx.run(matching.select(sql<number>`count(*)`.as("total")));
  const total = counted?.total ?? 0;
  if (page.count === 0 || page.startIndex > total) return { total, records: [] };
  const rows: UserRow[] = await tx.run(
    matching
      .select(USER_COLUMNS)
      .orderBy("r.id")
      .offset(page.startIndex - 1)
      .limit(page.count),
  );
  return { total, records: rows.map(toUserRecord) };
}

function userNameAskedFor(filter: Filter | null): string | undefined {
  if (filter?.kind !== "compare" || filter.op !== "eq" || typeof filter.value !== "string") return undefined;
  return filter.path.name === "userName" && filter.path.urn === undefined ? filter.value : undefined;
}

/** Lists groups that pass a filter, without members, with the number of all that do. */
export async function listGroups(
  tx: Statements,
  tenantId: TenantId,
  page: PositionPage,
): Promise<{ total: number; records: GroupRecord[] }> {
  let matching = tx.sql
    .selectFrom("groups as r")
    .where("r.tenant_id", "=", tenantId)
    .where("r.directory_id", "=", page.directoryId);
  if (page.filter !== null) matching = matching.where(filterToSql(page.filter, "Group"));
  const [counted] = await tx.run(matching.select(sql<number>`count(*)`.as("total")));
  const total = counted?.total ?? 0;
  if (page.count === 0 || page.startIndex > total) return { total, records: [] };
  const rows: GroupRow[] = await tx.run(
    matching
      .select(GROUP_COLUMNS)
      .orderBy("r.id")
      .offset(page.startIndex - 1)
      .limit(page.count),
  );
  return { total, records: rows.map(toGroupRecord) };
}

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
