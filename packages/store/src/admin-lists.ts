import { foldCase } from "@muster/scim";
import { type Expression, type SqlBool, sql } from "kysely";
import type { Statements } from "./database.ts";
import { emailKey } from "./email-keys.ts";
import { afterPrefix } from "./filter/after-prefix.ts";
import { type GroupRecord, toGroupRecord } from "./groups.ts";
import type { TenantId } from "./tables.ts";
import { toUserRecord, type UserRecord } from "./users.ts";

/** A page by key, for the admin API. */
export type KeyPage = { after: string | undefined; limit: number };

/** By what a list of people or groups is narrowed. */
export type PeopleQuery = {
  /** The beginning of a name or of an e-mail address, or a whole externalId. */
  search?: string | undefined;
  directoryId?: string | undefined;
};

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
  page: KeyPage & PeopleQuery & { id?: string; userName?: string | undefined },
): Promise<UserRecord[]> {
  let query = tx.sql
    .selectFrom("users as r")
    .select(USER_COLUMNS)
    .where("r.tenant_id", "=", tenantId)
    .where("r.deleted_at", "is", null)
    .orderBy("r.id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("r.id", "=", page.id);
  if (page.directoryId !== undefined) query = query.where("r.directory_id", "=", page.directoryId);
  if (page.search !== undefined) query = query.where(isAmong(usersFound(tenantId, page.search)));
  if (page.userName !== undefined) query = query.where("r.user_name_key", "=", foldCase(page.userName));
  if (page.after !== undefined) query = query.where("r.id", ">", page.after);
  const rows: UserRow[] = await tx.run(query);
  return rows.map(toUserRecord);
}

/** Lists a tenant's groups with their number of members, for the admin API. */
export async function pageGroups(
  tx: Statements,
  tenantId: TenantId,
  page: PeopleQuery & { id?: string; after?: string | undefined; limit: number },
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
  if (page.directoryId !== undefined) query = query.where("r.directory_id", "=", page.directoryId);
  if (page.search !== undefined) query = query.where(isAmong(groupsFound(tenantId, page.search)));
  if (page.after !== undefined) query = query.where("r.id", ">", page.after);
  const rows = await tx.run(query);
  return rows.map((row) => ({ ...toGroupRecord(row), memberCount: row.members ?? 0 }));
}

/** A search is for somebody: of more than this in a directory, by name and by address each, the first are looked through. */
const MAX_FOUND = 1_000;

// Ids first, from a few short ranges of indexes, and rows by them: one condition with "or" would read the whole tenant.
const isAmong = (ids: Expression<string>): Expression<SqlBool> => sql<SqlBool>`r.id = any(array(${ids}))`;

function usersFound(tenantId: TenantId, search: string): Expression<string> {
  const key = foldCase(search);
  return sql<string>`select f.id from directories d cross join lateral (
    (select id from users where tenant_id = ${tenantId} and directory_id = d.id and deleted_at is null and ${begins("user_name_key", key)}
     order by user_name_key limit ${MAX_FOUND})
    union all (select user_id from user_emails where tenant_id = ${tenantId} and directory_id = d.id and ${begins("email_key", emailKey(search))}
     order by email_key limit ${MAX_FOUND})
    union all (select id from users where tenant_id = ${tenantId} and directory_id = d.id and external_id = ${search} limit ${MAX_FOUND})
    offset 0) f where d.tenant_id = ${tenantId}`;
}

function groupsFound(tenantId: TenantId, search: string): Expression<string> {
  return sql<string>`select f.id from directories d cross join lateral (
    (select id from groups where tenant_id = ${tenantId} and directory_id = d.id and ${begins("display_name_key", foldCase(search))}
     order by display_name_key limit ${MAX_FOUND})
    union all (select id from groups where tenant_id = ${tenantId} and directory_id = d.id and external_id = ${search} limit ${MAX_FOUND})
    offset 0) f where d.tenant_id = ${tenantId}`;
}

/** A range of an index: the keys are compared by code point. */
function begins(column: string, prefix: string): Expression<SqlBool> {
  const after = afterPrefix(prefix);
  const low = sql<SqlBool>`${sql.ref(column)} >= ${prefix}`;
  return after === undefined ? low : sql<SqlBool>`${low} and ${sql.ref(column)} < ${after}`;
}
