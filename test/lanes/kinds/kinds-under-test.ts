import type { ConnectionTarget } from "@muster/provisioning";
import type { Json } from "@muster/scim";
import { restDialect, restOptions } from "./rest-dialect.ts";
import { scimDialect } from "./scim-dialect.ts";
import type { Dialect } from "./scripted-app.ts";
import { createWebhookDialect, WEBHOOK_SECRET } from "./webhook-dialect.ts";

/** A kind of target, and the app that speaks it. Adding one here puts it through the whole suite. */
export type KindUnderTest = {
  kind: string;
  dialect(): Dialect;
  auth: ConnectionTarget["auth"];
  options?: Json;
};

export const kindsUnderTest: readonly KindUnderTest[] = [
  { kind: "scim", dialect: () => scimDialect, auth: { scheme: "bearer", token: "t" } },
  {
    kind: "webhook",
    dialect: createWebhookDialect,
    auth: { scheme: "signature", secret: WEBHOOK_SECRET },
    options: { acknowledgement: "account" },
  },
  { kind: "rest", dialect: () => restDialect, auth: { scheme: "bearer", token: "t" }, options: restOptions },
];
