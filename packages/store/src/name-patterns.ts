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

const BIND_TRIED: NamedStatement<{ position: number }> = {
  name: "bind-tried",
  text: `
with own as (
  select directory_id from rollouts where tenant_id = $1 and connection_id = $2 for key share
), waiting as materialized (
  select part, position, display_name_key, name_pattern from rollout_names where tenant_id = $1 and connection_id = $2
), found as materialized (
  select w.part, w.position, g.id from waiting w cross join lateral (
    select id from groups where tenant_id = $1 and directory_id = (select directory_id from own) and display_name_key = w.display_name_key offset 0) g
  where w.name_pattern is null
  union all select w.part, w.position, g.id from waiting w cross join lateral (
    select id from groups where tenant_id = $1 and directory_id = (select directory_id from own) and display_name_key like w.name_pattern offset 0) g
  where w.name_pattern is not null
), bound as (
  delete from rollout_names n using found f
  where n.tenant_id = $1 and n.connection_id = $2 and n.part = f.part and n.position = f.position and n.name_pattern is null
)
insert into rollout_groups (tenant_id, connection_id, part, position, group_id)
select $1, $2, part, position, id from found order by 3, 4, 5 on conflict do nothing returning position`,
};

/** Gives an edit that is tried out the groups that have the names it waits for, and those that fit its patterns. */
export async function bindTried(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(BIND_TRIED, [tenantId, connectionId]);
}

/** Gives the rules of a connection the groups whose names fit their patterns; what they have stays. */
export async function bindPatterns(tx: Statements, tenantId: TenantId, connectionId: string): Promise<void> {
  await tx.named(BIND_PATTERNS, [tenantId, connectionId]);
}

/**
 * Which rules a group's present name fits, also of edits that are tried out, as common table expressions `fitting` and
 * `unfitting` that give connections. A name that waited in such an edit is bound.
 * `$1` is the tenant, `$2` the directory, `$3` the group, `$4` its folded name.
 */
export const FIT_PATTERNS = `
tried as (
  select n.connection_id, n.part, n.position, n.name_pattern is null as waits, coalesce(n.display_name_key = $4::text, $4::text like n.name_pattern) as fits
  from rollouts r cross join lateral (
    select connection_id, part, position, display_name_key, name_pattern from rollout_names where tenant_id = $1 and connection_id = r.connection_id offset 0) n
  where r.tenant_id = $1 and r.directory_id = $2
  -- One that is dropped at the same time is waited for, and then left out.
  for key share of r
), tried_fitting as (
  insert into rollout_groups (tenant_id, connection_id, part, position, group_id)
  select $1, connection_id, part, position, $3 from tried where fits order by 2, 3, 4 on conflict do nothing returning connection_id
), tried_unfitting as (
  delete from rollout_groups m using tried t
  where m.tenant_id = $1 and m.group_id = $3 and m.connection_id = t.connection_id and m.part = t.part and m.position = t.position and not t.fits and not t.waits
  returning m.connection_id
), tried_bound as (
  delete from rollout_names n using tried t
  where n.tenant_id = $1 and n.connection_id = t.connection_id and n.part = t.part and n.position = t.position and t.fits and t.waits
), patterned as (
  select r.connection_id, r.position, $4::text like r.name_pattern as fits from connections c cross join lateral (
    select connection_id, position, name_pattern from rules where tenant_id = $1 and connection_id = c.id and name_pattern is not null offset 0) r
  where c.tenant_id = $1 and c.directory_id = $2
), ruled_fitting as (
  insert into rule_groups (tenant_id, connection_id, position, group_id)
  select $1, connection_id, position, $3 from patterned where fits order by 2, 3 on conflict do nothing returning connection_id
), ruled_unfitting as (
  delete from rule_groups m using patterned p
  where m.tenant_id = $1 and m.group_id = $3 and m.connection_id = p.connection_id and m.position = p.position and not p.fits
  returning m.connection_id
), fitting as (
  select connection_id from ruled_fitting union select connection_id from tried_fitting
), unfitting as (
  select connection_id from ruled_unfitting union select connection_id from tried_unfitting
)`;
