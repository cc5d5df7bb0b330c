import {
  type CompiledMapping,
  compileMapping,
  defaultRows,
  type MappingProblem,
  type MappingRow,
  profileRows,
  type RowInput,
  readRows,
  rowsMapAccess,
} from "@muster/mapping";
import { Refusal, uuidV7 } from "@muster/runtime";
import {
  type Actor,
  type ConnectionRecord,
  type Database,
  insertAppMappingVersion,
  insertAudit,
  insertWorkspaceAudit,
  inTenant,
  inWorkspace,
  listApps,
  lockAppMapping,
  getAppMapping as readAppMapping,
  getMapping as readMapping,
  type StoredMapping,
  putAppMapping as storeAppMapping,
  putMapping as storeMapping,
  type Tx,
  type WorkspaceId,
} from "@muster/store";
import { type Owner, requireConnection } from "./connections.ts";

export type MappingSource = "connection" | "app" | "profile" | "product";

/** Rows and whose they are. */
export type MappingView = { source: MappingSource; rows: readonly MappingRow[] };

export type MappingOutcome =
  | { kind: "saved"; mapping: MappingView }
  | { kind: "refused"; problems: readonly MappingProblem[] };

export type WorkspaceOwner = { workspaceId: WorkspaceId; actor: Actor };

/** Reads what a connection's people are mapped by, its own rows or whoever's it has (E1). */
export async function getMapping(deps: { db: Database }, owner: Owner, connectionId: string): Promise<MappingView> {
  const read = (tx: Tx) => viewMapping(tx, owner, connectionId);
  return await inTenant(deps.db, owner.tenantId, read, owner.workspaceId);
}

/** The same, as a part of the caller's transaction, which must be of the workspace too. */
export async function viewMapping(tx: Tx, { tenantId }: Owner, connectionId: string): Promise<MappingView> {
  const connection = await requireConnection(tx, tenantId, connectionId);
  return effectiveMapping(connection, await readMapping(tx, { tenantId, connectionId }));
}

/** The rows that apply, whoever they come from. */
export function effectiveMapping(
  { profile }: Pick<ConnectionRecord, "profile">,
  { source, rows }: StoredMapping,
): MappingView {
  if (source !== "none" && rows !== null) return { source, rows };
  const known = profileRows(profile);
  return { source: known === defaultRows ? "product" : "profile", rows: known };
}

/** Saves a connection's mapping in the caller's transaction, which must be of the workspace too and is to expand the connection; refuses one that cannot be read. */
export async function saveMapping(
  tx: Tx,
  owner: Owner,
  connectionId: string,
  inputs: readonly RowInput[] | null,
): Promise<void> {
  const read = inputs === null ? null : readRows(inputs);
  if (read?.kind !== "refused") return await storeRows(tx, owner, connectionId, read);
  const told = read.problems.map(
    ({ row, target, message }) => `${row === null ? "" : `[${row}]`} (${target}): ${message}`,
  );
  throw new Refusal("invalid", told.map((problem) => `mapping.rows${problem}`).join("; "));
}

async function storeRows(
  tx: Tx,
  { workspaceId, tenantId, actor }: Owner,
  connectionId: string,
  read: { rows: readonly MappingRow[]; mapping: CompiledMapping } | null,
): Promise<void> {
  const { appId } = await requireConnection(tx, tenantId, connectionId);
  // Without one of its own it has its app's, which then decides by groups and about access too.
  const appRows = read === null ? await readAppMapping(tx, workspaceId, appId) : null;
  const mapping = read?.mapping ?? compileMapping(appRows ?? []);
  const usesGroups = mapping.kind === "mapping" && mapping.uses.has("groups");
  const mapsAccess = rowsMapAccess(read?.rows ?? appRows ?? []);
  await storeMapping(tx, { tenantId, connectionId }, { rows: read?.rows ?? null, usesGroups, mapsAccess });
  await insertAudit(tx, tenantId, { actor, action: "mapping.put", target: connectionId });
}

/** Reads the mapping of an app, which its connections have unless they have their own. */
export async function getAppMapping(
  deps: { db: Database },
  owner: WorkspaceOwner,
  appId: string,
): Promise<MappingView> {
  return await inWorkspace(deps.db, owner.workspaceId, (tx) => viewAppMapping(tx, owner.workspaceId, appId));
}

/** Replaces an app's mapping, or takes it away with null; each connection that has it looks at its people again, in the background. */
export async function putAppMapping(
  deps: { db: Database },
  owner: WorkspaceOwner,
  appId: string,
  inputs: readonly RowInput[] | null,
): Promise<MappingOutcome> {
  const { workspaceId } = owner;
  const read = inputs === null ? null : readRows(inputs);
  if (read?.kind === "refused") return read;
  const mapping = await inWorkspace(deps.db, workspaceId, async (tx) => {
    await saveAppMapping(tx, owner, { appId, rows: read?.rows ?? null, cause: "mapping.put" });
    return await viewAppMapping(tx, workspaceId, appId);
  });
  return { kind: "saved", mapping };
}

/** The same with rows that were read, in the caller's transaction; each is kept as a version. */
export async function saveAppMapping(
  tx: Tx,
  { workspaceId, actor }: WorkspaceOwner,
  { appId, rows, cause }: { appId: string; rows: readonly MappingRow[] | null; cause: string },
): Promise<void> {
  const hasVersions = await lockAppMapping(tx, workspaceId, appId);
  if (hasVersions === undefined) throw noApp(appId);
  const keep = (as: { actor: string; cause: string; rows: readonly MappingRow[] | null }) =>
    insertAppMappingVersion(tx, workspaceId, { appId, id: uuidV7(), ...as });
  // What was there before the first edit is a version too: there is always one to go back to.
  if (!hasVersions) await keep({ actor: "system", cause: "start", rows: await readAppMapping(tx, workspaceId, appId) });
  await storeAppMapping(tx, workspaceId, appId, rows);
  await keep({ actor, cause, rows });
  await insertWorkspaceAudit(tx, workspaceId, { actor, action: "app.mapping.put", target: appId });
}

async function viewAppMapping(tx: Tx, workspaceId: WorkspaceId, appId: string): Promise<MappingView> {
  await requireApp(tx, workspaceId, appId);
  const rows = await readAppMapping(tx, workspaceId, appId);
  return rows === null ? { source: "product", rows: defaultRows } : { source: "app", rows };
}

/** Refuses with "not found" where there is no such app. */
export async function requireApp(tx: Tx, workspaceId: WorkspaceId, appId: string): Promise<void> {
  const [app] = await listApps(tx, workspaceId, { id: appId, limit: 1 });
  if (app === undefined) throw noApp(appId);
}

const noApp = (appId: string): Refusal => new Refusal("notFound", `There is no app ${appId}`);
