import { sql } from "kysely";
import type { NamedStatement, Statements } from "./database.ts";
import type { WebhookState } from "./event-tables.ts";
import type { WorkspaceId } from "./tables.ts";

/** Whoever wants to be told of events, as its app owner sees it. */
export type WebhookRecord = {
  id: string;
  name: string | null;
  url: string;
  /** Null for every type. */
  types: string[] | null;
  /** Null for those of every app. */
  appId: string | null;
  state: WebhookState;
  stateReason: string | null;
  previousUntil: Date | null;
  lastSuccessAt: Date | null;
  createdAt: Date;
};

/** Secrets of a webhook, sealed under a key of its own. */
export type WebhookSecrets = { wrappedKey: Buffer; sealedSecret: Buffer; sealedPrevious: Buffer | null };

const COLUMNS = [
  "id",
  "name",
  "url",
  "types",
  "app_id as appId",
  "state",
  "state_reason as stateReason",
  "previous_until as previousUntil",
  "last_success_at as lastSuccessAt",
  "created_at as createdAt",
] as const;

/** Inserts a webhook. Throws a violation when the app is not the workspace's. */
export async function insertWebhook(
  tx: Statements,
  workspaceId: WorkspaceId,
  webhook: Pick<WebhookRecord, "id" | "name" | "url" | "types" | "appId"> &
    Pick<WebhookSecrets, "wrappedKey" | "sealedSecret">,
): Promise<WebhookRecord> {
  const { id, name, url, types, appId, wrappedKey, sealedSecret } = webhook;
  const [row] = await tx.run(
    tx.sql
      .insertInto("webhooks")
      .values({
        workspace_id: workspaceId,
        id,
        name,
        url,
        types,
        app_id: appId,
        wrapped_key: wrappedKey,
        sealed_secret: sealedSecret,
      })
      .returning(COLUMNS),
  );
  if (row === undefined) throw new Error("An insert must return its row");
  return row;
}

/** Lists a workspace's webhooks in the order of their ids. */
export async function listWebhooks(
  tx: Statements,
  workspaceId: WorkspaceId,
  page: { id?: string; after?: string | undefined; limit: number },
): Promise<WebhookRecord[]> {
  let query = tx.sql
    .selectFrom("webhooks")
    .select(COLUMNS)
    .where("workspace_id", "=", workspaceId)
    .orderBy("id")
    .limit(page.limit);
  if (page.id !== undefined) query = query.where("id", "=", page.id);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return await tx.run(query);
}

/** Ids of a workspace's webhooks, the first of them. */
export async function listWebhookNames(
  tx: Statements,
  workspaceId: WorkspaceId,
  page: { limit: number },
): Promise<string[]> {
  return (await listWebhooks(tx, workspaceId, page)).map((webhook) => webhook.id);
}

export type WebhookChange = {
  name?: string | null | undefined;
  url?: string | undefined;
  types?: string[] | null | undefined;
  appId?: string | null | undefined;
  state?: WebhookState | undefined;
  stateReason?: string | null | undefined;
};

/** Changes a webhook; what is left out keeps its value. Undefined when the workspace has none such. */
export async function updateWebhook(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: string,
  change: WebhookChange,
): Promise<WebhookRecord | undefined> {
  const columns = {
    name: change.name,
    url: change.url,
    types: change.types,
    app_id: change.appId,
    state: change.state,
    state_reason: change.stateReason,
  };
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const [row] = await tx.run(
    tx.sql
      .updateTable("webhooks")
      .set({ id, ...given })
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .returning(COLUMNS),
  );
  return row;
}

/** Deletes a webhook with its secrets; false when the workspace has none such. */
export async function deleteWebhook(tx: Statements, workspaceId: WorkspaceId, id: string): Promise<boolean> {
  const rows = await tx.run(
    tx.sql.deleteFrom("webhooks").where("workspace_id", "=", workspaceId).where("id", "=", id).returning("id"),
  );
  return rows.length === 1;
}

const GET_SECRETS: NamedStatement<WebhookSecrets> = {
  name: "webhook-secrets",
  text: `
select wrapped_key as "wrappedKey", sealed_secret as "sealedSecret", case when previous_until > now() then sealed_previous end as "sealedPrevious"
from webhooks where workspace_id = $1 and id = $2`,
};

/** Reads a webhook's sealed secrets: the one before only while both sign. */
export async function getWebhookSecrets(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: string,
): Promise<WebhookSecrets | undefined> {
  const [row] = await tx.named(GET_SECRETS, [workspaceId, id]);
  return row;
}

/** Replaces a webhook's secret; the one before signs as well for some hours. Undefined when the workspace has none such. */
export async function rotateWebhookSecret(
  tx: Statements,
  workspaceId: WorkspaceId,
  id: string,
  secret: { sealedSecret: Buffer; overlapHours: number },
): Promise<WebhookRecord | undefined> {
  const [row] = await tx.run(
    tx.sql
      .updateTable("webhooks")
      .set((column) => ({
        sealed_previous: column.ref("sealed_secret"),
        sealed_secret: secret.sealedSecret,
        previous_until: sql<Date>`now() + ${secret.overlapHours}::int * interval '1 hour'`,
      }))
      .where("workspace_id", "=", workspaceId)
      .where("id", "=", id)
      .returning(COLUMNS),
  );
  return row;
}
