import { type Delivery, operations, type RedeliverRequest, type Webhook } from "@muster/contract";
import {
  createWebhook,
  editWebhook,
  encodeCursor,
  redeliver,
  removeWebhook,
  requireWebhook,
  rotateSecret,
  tenantWebhook,
  testWebhook,
  webhookDeliveries,
} from "@muster/provisioning";
import { type DeliveryView, inWorkspace, listWebhooks, type RedeliveryWish, type WebhookRecord } from "@muster/store";
import { type AdminRoute, adminRoute } from "../route.ts";
import { readCursor } from "./events.ts";
import { isoOrNull } from "./iso-or-null.ts";
import { ownerOfTenant } from "./owner.ts";
import { byId, readPage, toPage } from "./page.ts";

/** For how long both secrets sign when the caller does not say. */
const OVERLAP_HOURS = 24;

/** Who is told of events, and how that goes. */
export const webhookRoutes: readonly AdminRoute[] = [
  adminRoute(operations.createWebhook, async (deps, { scope, body }) => {
    const starts = (body.startAfter ?? []).map(({ tenantId, cursor }, at) => ({
      tenantId,
      position: readCursor(cursor, `/startAfter/${at}/cursor`),
    }));
    const { url, name = null, types = null, appId = null } = body;
    const { webhook, secret } = await createWebhook(deps, scope, { url, name, types, appId, starts });
    return { ...show(webhook), secret };
  }),
  adminRoute(operations.listWebhooks, async (deps, { scope: { workspaceId }, query }) => {
    const wanted = readPage(query);
    const rows = await inWorkspace(deps.db, workspaceId, (tx) => listWebhooks(tx, workspaceId, wanted));
    return toPage(rows, wanted, { idOf: byId, show });
  }),
  adminRoute(operations.getWebhook, async (deps, { scope: { workspaceId }, params }) =>
    show(await inWorkspace(deps.db, workspaceId, (tx) => requireWebhook(tx, workspaceId, params.webhookId))),
  ),
  adminRoute(operations.updateWebhook, async (deps, { scope, params, body }) =>
    show(await editWebhook(deps, scope, params.webhookId, body)),
  ),
  adminRoute(operations.rotateWebhookSecret, async (deps, { scope, params, body }) => {
    const hours = body?.overlapHours ?? OVERLAP_HOURS;
    const { webhook, secret } = await rotateSecret(deps, scope, params.webhookId, hours);
    return { ...show(webhook), secret };
  }),
  adminRoute(operations.deleteWebhook, async (deps, { scope, params }) => {
    await removeWebhook(deps, scope, params.webhookId);
    return undefined;
  }),
  adminRoute(operations.getTenantWebhook, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const lane = await tenantWebhook(deps, owner, params.webhookId);
    return {
      ...params,
      cursor: encodeCursor(lane.position),
      waiting: lane.behind,
      attempts: lane.attempts,
      failingSince: isoOrNull(lane.failingSince),
      nextTryAt: lane.attempts === 0 ? null : isoOrNull(lane.nextTryAt),
    };
  }),
  adminRoute(operations.testWebhook, async (deps, { scope, params }) => {
    await testWebhook(deps, await ownerOfTenant(deps, scope, params.tenantId), params.webhookId);
    return undefined;
  }),
  adminRoute(operations.listDeliveries, async (deps, { scope, params, query }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const wanted = readPage(query);
    const page = { webhookId: params.webhookId, before: wanted.after, limit: wanted.limit };
    const rows = await webhookDeliveries(deps, owner, page);
    return toPage(rows, wanted, { idOf: byId, show: showDelivery });
  }),
  adminRoute(operations.redeliver, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return await redeliver(deps, owner, params.webhookId, toWish(body));
  }),
];

function toWish(body: RedeliverRequest): RedeliveryWish {
  return body.what === "event" ? body : { what: body.what, since: new Date(body.since) };
}

function show({ state, stateReason, previousUntil, lastSuccessAt, createdAt, ...webhook }: WebhookRecord): Webhook {
  return {
    ...webhook,
    enabled: state === "enabled",
    reason: stateReason,
    previousSecretUntil: isoOrNull(previousUntil),
    lastSuccessAt: isoOrNull(lastSuccessAt),
    createdAt: createdAt.toISOString(),
  };
}

function showDelivery({ at, ...delivery }: DeliveryView): Delivery {
  return { ...delivery, at: at.toISOString() };
}
