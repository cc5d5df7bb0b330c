import type { ConnectorMetadata } from "../connector-metadata.ts";
import type { ConnectorKind } from "../kind.ts";
import { createWebhookConnector } from "./create-webhook-connector.ts";
import metadata from "./metadata.json" with { type: "json" };
import { webhookProfile } from "./profile.ts";
import { readWebhookOptions } from "./webhook-options.ts";

/** Apps that are told of every change by a signed request (Standard Webhooks) and do the rest themselves. */
export const webhook: ConnectorKind = {
  key: "webhook",
  metadata: metadata as ConnectorMetadata,
  schemes: ["signature"],
  profiles: [webhookProfile],
  readOptions: readWebhookOptions,
  connect: createWebhookConnector,
};
