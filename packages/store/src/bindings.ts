import { foldCase } from "@muster/scim";
import type { Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/** A group as an assignment or a rule names it: bound to an id, or waiting under a display name. */
export type GroupBinding = { groupId: string | null; displayName: string | null };
export type RuleRecord = GroupBinding & { role: string };

/** Finds the groups of a directory that have one of these ids or names, for binding. */
export async function findGroups(
  tx: Statements,
  tenantId: TenantId,
  directoryId: string,
  wanted: { ids: readonly string[]; displayNames: readonly string[] },
): Promise<{ id: string; displayName: string }[]> {
  const keys = wanted.displayNames.map(foldCase);
  return await tx.run(
    tx.sql
      .selectFrom("groups")
      .select(["id", "display_name as displayName"])
      .where("tenant_id", "=", tenantId)
      .where("directory_id", "=", directoryId)
      .where((where) =>
        where.or([
          where("id", "in", wanted.ids.length === 0 ? [NOBODY] : [...wanted.ids]),
          where("display_name_key", "in", keys.length === 0 ? [""] : keys),
        ]),
      ),
  );
}
/** SQL has no empty IN list; no row has the nil uuid. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

const keyOf = (name: string | null): string | null => (name === null ? null : foldCase(name));

/** Replaces a connection's assignments. */
export async function replaceAssignments(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  groups: readonly GroupBinding[],
): Promise<void> {
  await tx.run(
    tx.sql.deleteFrom("assignments").where("tenant_id", "=", tenantId).where("connection_id", "=", connectionId),
  );
  if (groups.length === 0) return;
  await tx.run(
    tx.sql.insertInto("assignments").values(
      groups.map((group, position) => ({
        tenant_id: tenantId,
        connection_id: connectionId,
        position,
        group_id: group.groupId,
        display_name: group.displayName,
        display_name_key: keyOf(group.displayName),
      })),
    ),
  );
}

/** Replaces a connection's group-to-role rules, in the order of their precedence. */
export async function replaceRules(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  rules: readonly RuleRecord[],
): Promise<void> {
  await tx.run(tx.sql.deleteFrom("rules").where("tenant_id", "=", tenantId).where("connection_id", "=", connectionId));
  if (rules.length === 0) return;
  await tx.run(
    tx.sql.insertInto("rules").values(
      rules.map((rule, position) => ({
        tenant_id: tenantId,
        connection_id: connectionId,
        position,
        group_id: rule.groupId,
        display_name: rule.displayName,
        display_name_key: keyOf(rule.displayName),
        role_key: rule.role,
      })),
    ),
  );
}

type BindingView = GroupBinding & { currentName: string | null };

/** Lists a connection's assignments with the present names of bound groups. */
export async function listAssignments(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<BindingView[]> {
  return await tx.run(
    tx.sql
      .selectFrom("assignments as a")
      .leftJoin("groups as g", (join) => join.onRef("g.tenant_id", "=", "a.tenant_id").onRef("g.id", "=", "a.group_id"))
      .select(["a.group_id as groupId", "a.display_name as displayName", "g.display_name as currentName"])
      .where("a.tenant_id", "=", tenantId)
      .where("a.connection_id", "=", connectionId)
      .orderBy("a.position"),
  );
}

/** Lists a connection's rules in order, with the present names of bound groups. */
export async function listRules(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
): Promise<(BindingView & { role: string })[]> {
  return await tx.run(
    tx.sql
      .selectFrom("rules as r")
      .leftJoin("groups as g", (join) => join.onRef("g.tenant_id", "=", "r.tenant_id").onRef("g.id", "=", "r.group_id"))
      .select([
        "r.group_id as groupId",
        "r.display_name as displayName",
        "g.display_name as currentName",
        "r.role_key as role",
      ])
      .where("r.tenant_id", "=", tenantId)
      .where("r.connection_id", "=", connectionId)
      .orderBy("r.position"),
  );
}
