import type { MappingRow } from "@muster/mapping";
import type { NamedStatement, Statements } from "./database.ts";
import type { LaneKey } from "./lanes.ts";
import type { WorkspaceId } from "./tables.ts";

/** A mapping and whose it is; null rows where neither the connection nor its app has any. */
export type StoredMapping = { source: "connection" | "app" | "none"; rows: MappingRow[] | null };

/** Reads the rows of an app's mapping; null when it has none. The workspace's scope is needed. */
export async function getAppMapping(
  tx: Statements,
  workspaceId: WorkspaceId,
  appId: string,
): Promise<MappingRow[] | null> {
  const [row] = await tx.run(
    tx.sql
      .selectFrom("app_mappings")
      .select("rows")
      .where("workspace_id", "=", workspaceId)
      .where("app_id", "=", appId),
  );
  return row?.rows ?? null;
}

const PUT_APP_MAPPING: NamedStatement<{ app_id: string }> = {
  name: "put-app-mapping",
  text: `
insert into app_mappings (workspace_id, app_id, rows, version) values ($1, $2, $3, gen_random_uuid())
on conflict (workspace_id, app_id) do update set rows = excluded.rows, version = excluded.version, updated_at = now()
returning app_id`,
};

const DELETE_APP_MAPPING: NamedStatement<{ app_id: string }> = {
  name: "delete-app-mapping",
  text: "delete from app_mappings where workspace_id = $1 and app_id = $2 returning app_id",
};

// Lanes know no app: all of the workspace are looked at, and those that it does not concern find nothing to do.
const RING_WORKSPACE: NamedStatement<{ id: number }> = {
  name: "ring-workspace",
  text: `
insert into lane_marks (tenant_id, connection_id, removal)
select tenant_id, connection_id, false from lanes where workspace_id = $1 and webhook_id is null order by connection_id returning id`,
};

/**
 * Replaces an app's mapping, or takes it away with null, and marks the workspace's lanes: each whose connection has it looks
 * at its people again (`remapping` of its policy). So a change for a thousand customers is two statements here.
 */
export async function putAppMapping(
  tx: Statements,
  workspaceId: WorkspaceId,
  appId: string,
  rows: readonly MappingRow[] | null,
): Promise<void> {
  if (rows === null) await tx.named(DELETE_APP_MAPPING, [workspaceId, appId]);
  else await tx.named(PUT_APP_MAPPING, [workspaceId, appId, JSON.stringify(rows)]);
  await tx.named(RING_WORKSPACE, [workspaceId]);
}

const GET_MAPPING: NamedStatement<{ own: MappingRow[] | null; app: MappingRow[] | null }> = {
  name: "get-mapping",
  text: `
select (select rows from mappings m where m.tenant_id = $1 and m.connection_id = $2) as own,
  (select rows from app_mappings a where a.workspace_id = c.workspace_id and a.app_id = c.app_id) as app
from connections c where c.tenant_id = $1 and c.id = $2`,
};

/** Reads what a connection maps by: its own rows, else its app's. The workspace's scope is needed too. */
export async function getMapping(tx: Statements, lane: LaneKey): Promise<StoredMapping> {
  const [row] = await tx.named(GET_MAPPING, [lane.tenantId, lane.connectionId]);
  const { own = null, app = null } = row ?? {};
  if (own !== null) return { source: "connection", rows: own };
  return { source: app === null ? "none" : "app", rows: app };
}

const PUT_MAPPING: NamedStatement<{ connection_id: string }> = {
  name: "put-mapping",
  text: `
insert into mappings (tenant_id, connection_id, rows, uses_groups, maps_access, app_version)
select $1, c.id, $3, $4, $5, (select version from app_mappings a where a.workspace_id = c.workspace_id and a.app_id = c.app_id)
from connections c where c.tenant_id = $1 and c.id = $2
on conflict (tenant_id, connection_id) do update set rows = excluded.rows, uses_groups = excluded.uses_groups,
  maps_access = excluded.maps_access, app_version = excluded.app_version, updated_at = now()
returning connection_id`,
};

/** Replaces a connection's own mapping, or takes it away with null. Its people are still to be expanded by the caller. */
export async function putMapping(
  tx: Statements,
  lane: LaneKey,
  mapping: { rows: readonly MappingRow[] | null; usesGroups: boolean; mapsAccess: boolean },
): Promise<void> {
  const rows = mapping.rows === null ? null : JSON.stringify(mapping.rows);
  await tx.named(PUT_MAPPING, [lane.tenantId, lane.connectionId, rows, mapping.usesGroups, mapping.mapsAccess]);
}

const TAKE_APP_MAPPING: NamedStatement<{ id: string }> = {
  name: "take-app-mapping",
  text: `
with noted as (
  insert into mappings (tenant_id, connection_id, app_version, uses_groups, maps_access) values ($1, $2, $3, $4, $5)
  on conflict (tenant_id, connection_id) do update set app_version = excluded.app_version,
    uses_groups = excluded.uses_groups or mappings.rows is not null and mappings.uses_groups,
    maps_access = excluded.maps_access or mappings.rows is not null and mappings.maps_access
  returning connection_id
), tried as (
  update rollouts set reads_names = reads_names or $4, judges_attributes = judges_attributes or $5 where tenant_id = $1 and connection_id = $2 and policy ->> 'mapping' is null
)
insert into expansions (tenant_id, connection_id, id, cause, removal, actor, guard)
select $1, connection_id, gen_random_uuid(), 'app.mapping', false, 'system', 'scope' from noted returning id`,
};

/**
 * Takes over the app's mapping of this version for a connection that has none of its own, or tries out to have none: everybody of it is to be looked at again. */
export async function takeAppMapping(
  tx: Statements,
  lane: LaneKey,
  app: { version: string | null; usesGroups: boolean; mapsAccess: boolean },
): Promise<void> {
  await tx.named(TAKE_APP_MAPPING, [lane.tenantId, lane.connectionId, app.version, app.usesGroups, app.mapsAccess]);
}
