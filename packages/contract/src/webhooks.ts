import Type, { type Static } from "typebox";
import { cursor, eventTypeList } from "./events.ts";
import { pageOf } from "./page.ts";
import { closed, id, name, nullable, oneOf, tagged, timestamp } from "./primitives.ts";

const url = Type.String({
  maxLength: 2048,
  format: "endpoint-url",
  description: "an absolute http or https URL without user name, password or fragment",
});
const nullableName = nullable(name);
const types = Type.Unsafe<string[] | null>({
  ...eventTypeList,
  type: ["array", "null"],
  description: "the types it is told of; null: all, those to come included",
});
const appId = nullable({ ...id, description: "only what concerns this app's connections and their directories" });
const secret = Type.String({ description: "signs every delivery (Standard Webhooks); in clear this once" });

export const CreateWebhookRequest = closed(
  {
    url,
    name: Type.Optional(nullableName),
    types: Type.Optional(types),
    appId: Type.Optional(appId),
    startAfter: Type.Optional(
      Type.Array(closed({ tenantId: id, cursor }), {
        maxItems: 1000,
        description: "where to begin in these tenants, such as the cursor of a snapshot; elsewhere now",
      }),
    ),
  },
  { title: "CreateWebhookRequest" },
);
export type CreateWebhookRequest = Static<typeof CreateWebhookRequest>;

export const UpdateWebhookRequest = closed(
  {
    url: Type.Optional(url),
    name: Type.Optional(nullableName),
    types: Type.Optional(types),
    appId: Type.Optional(appId),
    enabled: Type.Optional(Type.Boolean({ description: "enabled again it goes on where it was" })),
  },
  { title: "UpdateWebhookRequest", minProperties: 1, description: "What is left out keeps its value." },
);
export type UpdateWebhookRequest = Static<typeof UpdateWebhookRequest>;

const properties = {
  id,
  name: nullable(Type.String()),
  url: Type.String(),
  types: Type.Unsafe<string[] | null>({ type: ["array", "null"], items: { type: "string" } }),
  appId: nullable(Type.String()),
  enabled: Type.Boolean(),
  reason: nullable(Type.String({ description: "why it is disabled" })),
  previousSecretUntil: nullable(Type.String({ description: "until when the secret before signs as well" })),
  lastSuccessAt: nullable(Type.String()),
  createdAt: timestamp,
};

export const Webhook = closed(properties, { title: "Webhook" });
export type Webhook = Static<typeof Webhook>;
export const WebhookCreated = closed({ ...properties, secret }, { title: "WebhookCreated" });
export type WebhookCreated = Static<typeof WebhookCreated>;
export const WebhookPage = pageOf("WebhookPage", Webhook);

export const RotateWebhookSecretRequest = closed(
  {
    overlapHours: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 168, default: 24, description: "for how long both secrets sign" }),
    ),
  },
  { title: "RotateWebhookSecretRequest" },
);

export const TenantWebhook = closed(
  {
    webhookId: id,
    tenantId: id,
    cursor: Type.String({ description: "up to where it was told" }),
    waiting: Type.Boolean({ description: "there are events that it was not told of yet" }),
    attempts: Type.Integer({ description: "tries of the next event that failed" }),
    failingSince: nullable(Type.String()),
    nextTryAt: nullable(Type.String()),
  },
  { title: "TenantWebhook" },
);
export type TenantWebhook = Static<typeof TenantWebhook>;

export const Delivery = closed(
  {
    id,
    at: timestamp,
    eventId: nullable(Type.String({ description: "null for a test" })),
    type: Type.String(),
    outcome: oneOf(["delivered", "failed", "givenUp"]),
    status: nullable(Type.Integer()),
    detail: nullable(Type.String({ description: "what went wrong; of an answer only its size and kind" })),
    durationMs: Type.Integer(),
    number: Type.Integer({ description: "the how manieth try" }),
  },
  { title: "Delivery" },
);
export type Delivery = Static<typeof Delivery>;
export const DeliveryPage = pageOf("DeliveryPage", Delivery);

export const RedeliverRequest = tagged("what", { title: "RedeliverRequest" }, [
  closed({ what: Type.Literal("event"), eventId: id }, { title: "RedeliverEvent" }),
  closed({ what: Type.Literal("failed"), since: timestamp }, { title: "RedeliverFailed" }),
  closed({ what: Type.Literal("neverSent"), since: timestamp }, { title: "RedeliverNeverSent" }),
]);
export type RedeliverRequest = Static<typeof RedeliverRequest>;

export const RedeliveryResult = closed(
  {
    events: Type.Integer({ description: "how many will be sent again" }),
    hasMore: Type.Boolean({ description: "there were more than one call takes: call again when these are through" }),
  },
  { title: "RedeliveryResult" },
);
