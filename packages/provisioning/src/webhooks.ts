import { createDataKey, type Keyring, openSecret, type SealAddress, sealSecret } from "@muster/credentials";
import { createWebhookSecret, Refusal, uuidV7 } from "@muster/runtime";
import {
  type Actor,
  askWebhookTest,
  type Database,
  type DeliveryView,
  deleteWebhook,
  deleteWebhookLanes,
  disableWebhookLanes,
  type EventPosition,
  enableEventStreams,
  getWebhookLane,
  getWebhookSecrets,
  insertAudit,
  insertWebhook,
  insertWorkspaceAudit,
  inTenant,
  inWorkspace,
  listApps,
  listDeliveries,
  listWebhooks,
  lockWorkspace,
  openWebhookLanes,
  type RedeliveryWish,
  redeliverEvents,
  rotateWebhookSecret,
  type Statements,
  settleStreams,
  startWebhookLanes,
  type Tx,
  updateWebhook,
  type WebhookChange,
  type WebhookLaneState,
  type WebhookRecord,
  type WebhookSecrets,
  type WorkspaceId,
} from "@muster/store";
import type { Owner } from "./connections.ts";

type Deps = { db: Database; keyring: Keyring };
type Scope = { workspaceId: WorkspaceId; actor: Actor };

/** A webhook's secrets are sealed by a key of the workspace's, for this row, whichever of the two columns they are in. */
const addressOf = (workspaceId: WorkspaceId, webhookId: string): SealAddress => ({
  tenantId: workspaceId,
  table: "webhooks",
  column: "secret",
  rowId: webhookId,
});

export type NewWebhook = Pick<WebhookRecord, "name" | "url" | "types" | "appId"> & {
  /** Where it begins in some tenants; elsewhere now. */
  starts: readonly { tenantId: string; position: EventPosition }[];
};

/**
 * Makes a webhook that is told of the events of every tenant of the workspace, those to come included, and switches their
 * events on. The secret is answered this once.
 */
export async function createWebhook(
  deps: Deps,
  scope: Scope,
  input: NewWebhook,
): Promise<{ webhook: WebhookRecord; secret: string }> {
  const { workspaceId, actor } = scope;
  const { starts, ...settings } = input;
  const id = uuidV7();
  const secret = createWebhookSecret();
  const { wrapped } = createDataKey(deps.keyring, workspaceId);
  const sealedSecret = sealSecret(deps.keyring, wrapped, addressOf(workspaceId, id), secret);
  const webhook = await inWorkspace(deps.db, workspaceId, async (tx) => {
    await lockWorkspace(tx, workspaceId);
    await requireApp(tx, workspaceId, input.appId);
    const made = await insertWebhook(tx, workspaceId, { id, ...settings, wrappedKey: wrapped, sealedSecret });
    await enableEventStreams(tx, workspaceId, null);
    await openWebhookLanes(tx, workspaceId, { webhookId: id });
    const started = await startWebhookLanes(tx, workspaceId, id, starts);
    const stranger = starts.find(({ tenantId }) => !started.includes(tenantId));
    if (stranger !== undefined)
      throw new Refusal("invalid", `startAfter: tenant ${stranger.tenantId} does not exist in this workspace`);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "webhook.create", target: id });
    return made;
  });
  await settleStreams(deps.db, workspaceId);
  return { webhook, secret };
}

async function requireApp(tx: Tx, workspaceId: WorkspaceId, appId: string | null | undefined): Promise<void> {
  if (appId === null || appId === undefined) return;
  const [app] = await listApps(tx, workspaceId, { id: appId, limit: 1 });
  if (app === undefined) throw new Refusal("invalid", `appId: app ${appId} does not exist`);
}

/** Reads a webhook or refuses with "not found": also when it is another workspace's. */
export async function requireWebhook(tx: Statements, workspaceId: WorkspaceId, id: string): Promise<WebhookRecord> {
  const [webhook] = await listWebhooks(tx, workspaceId, { id, limit: 1 });
  if (webhook === undefined) throw notFound(id);
  return webhook;
}

const notFound = (id: string): Refusal => new Refusal("notFound", `There is no webhook ${id}`);

/** Changes a webhook, disables it or enables it again: then it goes on where it was. */
export async function editWebhook(
  deps: Pick<Deps, "db">,
  { workspaceId, actor }: Scope,
  id: string,
  edit: Pick<WebhookChange, "name" | "url" | "types" | "appId"> & { enabled?: boolean | undefined },
): Promise<WebhookRecord> {
  const { enabled, ...settings } = edit;
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    await lockWorkspace(tx, workspaceId);
    await requireApp(tx, workspaceId, edit.appId);
    const state = enabled === undefined ? undefined : enabled ? "enabled" : "disabled";
    const stateReason = enabled === undefined ? undefined : enabled ? null : "by hand";
    const webhook = await updateWebhook(tx, workspaceId, id, { ...settings, state, stateReason });
    if (webhook === undefined) throw notFound(id);
    if (enabled !== undefined) await disableWebhookLanes(tx, workspaceId, id, !enabled);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "webhook.update", target: id });
    return webhook;
  });
}

/** Replaces a webhook's secret and answers the new one this once; for some hours both sign. */
export async function rotateSecret(
  deps: Deps,
  { workspaceId, actor }: Scope,
  id: string,
  overlapHours: number,
): Promise<{ webhook: WebhookRecord; secret: string }> {
  const secret = createWebhookSecret();
  return await inWorkspace(deps.db, workspaceId, async (tx) => {
    const kept = await getWebhookSecrets(tx, workspaceId, id);
    if (kept === undefined) throw notFound(id);
    const sealedSecret = sealSecret(deps.keyring, kept.wrappedKey, addressOf(workspaceId, id), secret);
    const webhook = await rotateWebhookSecret(tx, workspaceId, id, { sealedSecret, overlapHours });
    if (webhook === undefined) throw notFound(id);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "webhook.rotate", target: id });
    return { webhook, secret };
  });
}

/** Deletes a webhook: nothing more is sent, but for what is on its way. */
export async function removeWebhook(deps: Pick<Deps, "db">, { workspaceId, actor }: Scope, id: string): Promise<void> {
  await inWorkspace(deps.db, workspaceId, async (tx) => {
    await lockWorkspace(tx, workspaceId);
    if (!(await deleteWebhook(tx, workspaceId, id))) throw notFound(id);
    await deleteWebhookLanes(tx, workspaceId, id);
    await insertWorkspaceAudit(tx, workspaceId, { actor, action: "webhook.delete", target: id });
  });
}

/** Opens a webhook's secrets, the newest first: the only place where they are in clear after they were made. */
export function openWebhookSecrets(
  keyring: Keyring,
  at: { workspaceId: WorkspaceId; webhookId: string },
  { wrappedKey, sealedSecret, sealedPrevious }: WebhookSecrets,
): string[] {
  const address = addressOf(at.workspaceId, at.webhookId);
  const sealed = sealedPrevious === null ? [sealedSecret] : [sealedSecret, sealedPrevious];
  return sealed.map((one) => openSecret(keyring, wrappedKey, address, one));
}

/** Runs in a tenant once it is certain that the webhook is of its workspace; refuses with "not found" else. */
async function withWebhook<T>(
  deps: Pick<Deps, "db">,
  { tenantId, workspaceId }: Pick<Owner, "tenantId" | "workspaceId">,
  id: string,
  work: (tx: Tx, webhook: WebhookRecord) => Promise<T>,
): Promise<T> {
  return await inTenant(
    deps.db,
    tenantId,
    async (tx) => work(tx, await requireWebhook(tx, workspaceId, id)),
    workspaceId,
  );
}

/** Reads how far a webhook was told of a tenant's events. */
export async function tenantWebhook(deps: Pick<Deps, "db">, owner: Owner, id: string): Promise<WebhookLaneState> {
  const lane = await withWebhook(deps, owner, id, (tx) => getWebhookLane(tx, owner.tenantId, id));
  if (lane === undefined) throw notFound(id);
  return lane;
}

/** Lists what was sent to a webhook for a tenant, newest first. */
export async function webhookDeliveries(
  deps: Pick<Deps, "db">,
  owner: Owner,
  page: { webhookId: string; before: string | undefined; limit: number },
): Promise<DeliveryView[]> {
  return await withWebhook(deps, owner, page.webhookId, (tx) => listDeliveries(tx, owner.tenantId, page));
}

/** Has a webhook be sent a test event, once, in a tenant's lane. */
export async function testWebhook(deps: Pick<Deps, "db">, owner: Owner, id: string): Promise<void> {
  await withWebhook(deps, owner, id, (tx) => askWebhookTest(tx, owner.tenantId, id));
}

/** Has events be sent again: before the others, the oldest first. */
export async function redeliver(
  deps: Pick<Deps, "db">,
  owner: Owner,
  id: string,
  wish: RedeliveryWish,
): Promise<{ events: number; hasMore: boolean }> {
  return await withWebhook(deps, owner, id, async (tx, webhook) => {
    const asked = await redeliverEvents(tx, owner.tenantId, webhook, wish);
    if (asked === undefined) throw new Refusal("notFound", "There is no such event, or it is not kept any more");
    await insertAudit(tx, owner.tenantId, { actor: owner.actor, action: "webhook.redeliver", target: id });
    return asked;
  });
}
