import type { MappingRow } from "@muster/mapping";
import type { Actor } from "./audit.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { WorkspaceId } from "./tables.ts";

/** What an app's connections were mapped by from a moment on. */
export type AppMappingVersion = {
  id: string;
  /** Counted from 1 for each app. */
  number: number;
  at: Date;
  actor: string;
  cause: string;
  /** Null while the app had no mapping of its own. */
  rows: MappingRow[] | null;
};

const LOCK: NamedStatement<{ versions: number }> = {
  name: "lock-app-mapping",
  text: `
select coalesce((select max(number) from app_mapping_versions where workspace_id = $1 and app_id = $2), 0) as versions
from apps where workspace_id = $1 and id = $2 for no key update`,
};

/** Keeps other edits of an app's mapping waiting until this transaction ends; answers whether it has any version yet, undefined where there is no app. */
export async function lockAppMapping(
  tx: Statements,
  workspaceId: WorkspaceId,
  appId: string,
): Promise<boolean | undefined> {
  const [row] = await tx.named(LOCK, [workspaceId, appId]);
  return row === undefined ? undefined : row.versions > 0;
}

/** How many versions an app keeps. */
const KEPT = 200;

const INSERT: NamedStatement<{ number: number }> = {
  name: "insert-app-mapping-version",
  text: `
with latest as (
  select number, rows from app_mapping_versions where workspace_id = $1 and app_id = $2 order by number desc limit 1
), forgotten as (
  delete from app_mapping_versions where workspace_id = $1 and app_id = $2 and number <= (select number from latest) - ${KEPT - 1}
)
insert into app_mapping_versions (workspace_id, app_id, id, number, actor, cause, rows)
select $1, $2, $3, coalesce((select number from latest), 0) + 1, $4, $5, $6::jsonb
where not exists (select 1 from latest where rows is not distinct from $6::jsonb) returning number`,
};

/** Keeps an app's mapping as a version, unless it is the latest one already; the caller holds `lockAppMapping`. */
export async function insertAppMappingVersion(
  tx: Statements,
  workspaceId: WorkspaceId,
  version: { appId: string; id: string; actor: Actor; cause: string; rows: readonly MappingRow[] | null },
): Promise<void> {
  const { appId, id, actor, cause, rows } = version;
  await tx.named(INSERT, [workspaceId, appId, id, actor, cause, rows === null ? null : JSON.stringify(rows)]);
}

const LIST: NamedStatement<AppMappingVersion> = {
  name: "list-app-mapping-versions",
  text: `
select id, number, at, actor, cause, rows from app_mapping_versions v
where workspace_id = $1 and app_id = $2 and ($3::uuid is null or number < (
  select number from app_mapping_versions where workspace_id = $1 and app_id = $2 and id = $3))
order by number desc limit $4`,
};

/** Lists versions, newest first; `before` is the id of the last one already seen. */
export async function listAppMappingVersions(
  tx: Statements,
  workspaceId: WorkspaceId,
  page: { appId: string; before: string | undefined; limit: number },
): Promise<AppMappingVersion[]> {
  return await tx.named(LIST, [workspaceId, page.appId, page.before ?? null, page.limit]);
}

const GET: NamedStatement<AppMappingVersion> = {
  name: "get-app-mapping-version",
  text: `
select id, number, at, actor, cause, rows from app_mapping_versions where workspace_id = $1 and app_id = $2 and id = $3`,
};

/** Reads one version of an app's mapping. */
export async function getAppMappingVersion(
  tx: Statements,
  workspaceId: WorkspaceId,
  key: { appId: string; versionId: string },
): Promise<AppMappingVersion | undefined> {
  const [row] = await tx.named(GET, [workspaceId, key.appId, key.versionId]);
  return row;
}
