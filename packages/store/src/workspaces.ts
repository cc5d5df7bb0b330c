import { sql } from "kysely";
import type { Database, Statements } from "./database.ts";
import { inSystem } from "./database.ts";
import type { TenantId, WorkspaceId } from "./tables.ts";

export type AppRecord = { id: string; name: string; roles: { key: string; name: string }[]; createdAt: Date };

/** Inserts an app with its roles in their order. */
export async function insertApp(
  tx: Statements,
  workspaceId: WorkspaceId,
  app: { id: string; name: string; roles: readonly { key: string; name: string }[] },
): Promise<void> {
  await tx.run(tx.sql.insertInto("apps").values({ workspace_id: workspaceId, id: app.id, name: app.name }));
  if (app.roles.length === 0) return;
  await tx.run(
    tx.sql.insertInto("app_roles").values(
      app.roles.map((role, position) => ({
        workspace_id: workspaceId,
        app_id: app.id,
        key: role.key,
        name: role.name,
        position,
      })),
    ),
  );
}

/** Lists apps with their roles, in the order of their ids: two statements whatever the page. */
export async function listApps(
  tx: Statements,
  workspaceId: WorkspaceId,
  page: { id?: string; after?: string | undefined; limit: number },
): Promise<AppRecord[]> {
  let query = tx.sql
    .selectFrom("apps")
    .select(["id", "name", "created_at"])
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("id", "=", page.id);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  const apps = await tx.run(query);
  if (apps.length === 0) return [];
  const roles = await tx.run(
    tx.sql
      .selectFrom("app_roles")
      .select(["app_id", "key", "name"])
      .where("workspace_id", "=", workspaceId)
      .where(
        "app_id",
        "in",
        apps.map((app) => app.id),
      )
      .orderBy("position"),
  );
  return apps.map((app) => ({
    id: app.id,
    name: app.name,
    createdAt: app.created_at,
    roles: roles.filter((role) => role.app_id === app.id).map(({ key, name }) => ({ key, name })),
  }));
}

export type TenantRecord = {
  id: TenantId;
  name: string;
  externalId: string | null;
  createdAt: Date;
  /** Null unless the tenant is suspended. */
  suspendedAt: Date | null;
};

const TENANT_COLUMNS = [
  "id",
  "name",
  "external_id as externalId",
  "created_at as createdAt",
  "suspended_at as suspendedAt",
] as const;

/** Inserts a tenant. Throws a unique violation when its externalId is taken in this workspace. */
export async function insertTenant(
  tx: Statements,
  workspaceId: WorkspaceId,
  tenant: { id: TenantId; name: string; externalId: string | null },
): Promise<TenantRecord> {
  const rows = await tx.run(
    tx.sql
      .insertInto("tenants")
      .values({ workspace_id: workspaceId, id: tenant.id, name: tenant.name, external_id: tenant.externalId })
      .returning(TENANT_COLUMNS),
  );
  const [row] = rows;
  if (row === undefined) throw new Error("An insert must return its row");
  return row;
}

/** Lists a workspace's tenants in the order of their ids. */
export async function listTenants(
  tx: Statements,
  workspaceId: WorkspaceId,
  page: { id?: string; after?: string | undefined; limit: number },
): Promise<TenantRecord[]> {
  let query = tx.sql
    .selectFrom("tenants")
    .select(TENANT_COLUMNS)
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("id", "=", page.id);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return await tx.run(query);
}

/**
 * Renames, suspends or resumes a tenant; undefined when the workspace has none such. Suspending one that is suspended keeps
 * its time. The row is locked until the end, against what is made below it meanwhile.
 */
export async function updateTenant(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: TenantId,
  change: { name?: string | undefined; suspended?: boolean | undefined },
): Promise<TenantRecord | undefined> {
  const suspendedAt = change.suspended === true ? sql<Date>`coalesce(suspended_at, now())` : null;
  const rows = await tx.run(
    tx.sql
      .updateTable("tenants")
      .set({
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.suspended === undefined ? {} : { suspended_at: suspendedAt }),
      })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .returning(TENANT_COLUMNS),
  );
  return rows[0];
}

/** Finds the installation's first workspace, or makes it; the id offered is used only when there is none yet. */
export async function ensureWorkspace(db: Database, fresh: { id: WorkspaceId; name: string }): Promise<WorkspaceId> {
  return await inSystem(db, async (tx) => {
    // Two processes that start at once must agree on one first workspace: the epoch row serves as the lock.
    await tx.run(tx.sql.selectFrom("credential_epoch").select("epoch").forUpdate());
    const [first] = await tx.run(tx.sql.selectFrom("workspaces").select("id").orderBy("created_at").limit(1));
    if (first !== undefined) return first.id;
    await tx.run(tx.sql.insertInto("workspaces").values(fresh));
    return fresh.id;
  });
}
