import { foldCase } from "@muster/scim";
import type { NamedStatement, Statements } from "./database.ts";
import type { TenantId } from "./tables.ts";

/**
 * What a rule says about the names of groups, as LIKE over folded names has it; null when it names one group or none. Several
 * stars beside each other say no more than one. Postgres goes back to the last star only, so that no pattern is slow.
 */
export function namePattern(rule: { prefix: string | null; glob: string | null }): string | null {
  if (rule.prefix !== null) return `${literal(rule.prefix)}%`;
  if (rule.glob === null) return null;
  return literal(rule.glob).replaceAll(/\*+/g, "%").replaceAll("?", "_");
}

const literal = (text: string): string => foldCase(text).replaceAll(/[\\%_]/g, String.raw`\$&`);

const BIND_PATTERNS: NamedStatement<{ position: number }> = {
  name: "bind-patterns",
  text: `
insert into rule_groups (tenant_id, connection_id, position, group_id)
select $1, $2, r.position, g.id
from rules r cross join lateral (
  select id from groups where tenant_id = $1 and directory_id = (select directory_id from connections where tenant_id = $1 and id = $2)
    and display_name_key like r.name_pattern offset 0) g
where r.tenant_id = $1 and r.connection_id = $2 and r.name_pattern is not null
order by 3, 4 on conflict do nothing returning position`,
};

/** Gives the rules of a connection the groups whose names fit their patterns; what they have stays. */
export async function bindPatterns(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(BIND_PATTERNS, [tenantId, connectionId]);
}

/**
 * Which rules a group's present name fits, as common table expressions `fitting` and `unfitting` that give connections.
 * `$1` is the tenant, `$2` the directory, `$3` the group, `$4` its folded name.
 */
export const FIT_PATTERNS = `
patterned as (
  select r.connection_id, r.position, $4::text like r.name_pattern as fits from connections c cross join lateral (
    select connection_id, position, name_pattern from rules where tenant_id = $1 and connection_id = c.id and name_pattern is not null offset 0) r
  where c.tenant_id = $1 and c.directory_id = $2
), fitting as (
  insert into rule_groups (tenant_id, connection_id, position, group_id)
  select $1, connection_id, position, $3 from patterned where fits order by 2, 3 on conflict do nothing returning connection_id
), unfitting as (
  delete from rule_groups m using patterned p
  where m.tenant_id = $1 and m.group_id = $3 and m.connection_id = p.connection_id and m.position = p.position and not p.fits
  returning m.connection_id
)`;
