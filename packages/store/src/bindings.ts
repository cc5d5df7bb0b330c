import { foldCase } from "@muster/scim";
import type { NamedStatement, Statements } from "./database.ts";
import { bindPatterns, namePattern } from "./name-patterns.ts";
import type { TenantId } from "./tables.ts";

/** A group as an assignment or a rule names it: bound to an id, or waiting under a display name. */
export type GroupBinding = { groupId: string | null; displayName: string | null };
export type RuleRecord = GroupBinding & {
  role: string;
  /** Groups by a pattern of their names instead, at most one of the two. */
  prefix: string | null;
  glob: string | null;
  condition: string | null;
};

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
        needs_group: [rule.groupId, rule.displayName, rule.prefix, rule.glob].some((one) => one !== null),
        name_prefix: rule.prefix,
        name_glob: rule.glob,
        name_pattern: namePattern(rule),
        condition: rule.condition,
      })),
    ),
  );
  await bindPatterns(tx, tenantId, connectionId);
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

export type RuleView = BindingView &
  Pick<RuleRecord, "role" | "prefix" | "glob" | "condition"> & { needsGroup: boolean; matches: number };

const LIST_RULES: NamedStatement<RuleView> = {
  name: "list-rules",
  text: `
select r.group_id as "groupId", r.display_name as "displayName", g.display_name as "currentName", r.role_key as role,
  r.name_prefix as prefix, r.name_glob as glob, r.condition, r.needs_group as "needsGroup",
  (select count(*) from rule_groups m where m.tenant_id = $1 and m.connection_id = $2 and m.position = r.position) as matches
from rules r left join lateral (select display_name from groups where tenant_id = $1 and id = r.group_id offset 0) g on true
where r.tenant_id = $1 and r.connection_id = $2 order by r.position`,
};

/** Lists a connection's rules in order, with the present names of bound groups and how many groups a pattern fits. */
export async function listRules(tx: Statements, tenantId: TenantId, connectionId: string): Promise<RuleView[]> {
  return await tx.named(LIST_RULES, [tenantId, connectionId]);
}
