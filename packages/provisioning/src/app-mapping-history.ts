import { Refusal } from "@muster/runtime";
import type { Json } from "@muster/scim";
import {
  type AppMappingVersion,
  type Database,
  getAppMappingVersion,
  inWorkspace,
  listAppMappingVersions,
  type Tx,
  type WorkspaceId,
} from "@muster/store";
import { diffJson, type JsonChange } from "./diff-json.ts";
import { requireApp, saveAppMapping, type WorkspaceOwner } from "./mappings.ts";
import { toRowInput } from "./policy-edit.ts";

type Key = { appId: string; versionId: string };

/** Lists the versions of an app's mapping, the newest first, or refuses with "not found". */
export async function readAppMappingVersions(
  deps: { db: Database },
  workspaceId: WorkspaceId,
  page: Parameters<typeof listAppMappingVersions>[2],
): Promise<AppMappingVersion[]> {
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    await requireApp(tx, workspaceId, page.appId);
    return await listAppMappingVersions(tx, workspaceId, page);
  });
}

/** Reads a version of an app's mapping or refuses with "not found". */
export async function readAppMappingVersion(
  deps: { db: Database },
  workspaceId: WorkspaceId,
  key: Key,
): Promise<AppMappingVersion> {
  return await inWorkspace(deps.db, workspaceId, (tx) => requireAppVersion(tx, workspaceId, key));
}

async function requireAppVersion(tx: Tx, workspaceId: WorkspaceId, key: Key): Promise<AppMappingVersion> {
  const version = await getAppMappingVersion(tx, workspaceId, key);
  if (version === undefined) throw new Refusal("notFound", `This app's mapping has no version ${key.versionId}`);
  return version;
}

/** Lists what differs between a version of an app's mapping and an earlier one, that before it unless said. */
export async function appMappingChanges(
  deps: { db: Database },
  workspaceId: WorkspaceId,
  key: Key,
  since: string | undefined,
): Promise<{ since: number; number: number; changes: JsonChange[] }> {
  const { appId } = key;
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    const after = await requireAppVersion(tx, workspaceId, key);
    const [previous] =
      since === undefined
        ? await listAppMappingVersions(tx, workspaceId, { appId, before: key.versionId, limit: 1 })
        : [await requireAppVersion(tx, workspaceId, { appId, versionId: since })];
    // The first one has none before it: nothing changed.
    const before = previous ?? after;
    return { since: before.number, number: after.number, changes: diffJson(asJson(before), asJson(after)) };
  });
}

const asJson = ({ rows }: AppMappingVersion): Json =>
  JSON.parse(JSON.stringify({ rows: rows?.map(toRowInput) ?? null })) as Json;

/** Saves an earlier version of an app's mapping again, as a new one; each connection that has it looks at its people again, and the guard judges that. */
export async function restoreAppMappingVersion(
  deps: { db: Database },
  owner: WorkspaceOwner,
  key: Key,
): Promise<AppMappingVersion> {
  const { workspaceId } = owner;
  const { appId } = key;
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    const { rows, number } = await requireAppVersion(tx, workspaceId, key);
    await saveAppMapping(tx, owner, { appId, rows, cause: `version.restore: ${number}` });
    const [latest] = await listAppMappingVersions(tx, workspaceId, { appId, before: undefined, limit: 1 });
    if (latest === undefined) throw new Error("A mapping that was saved has a version");
    return latest;
  });
}
