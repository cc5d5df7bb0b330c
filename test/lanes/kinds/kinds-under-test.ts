import type { ConnectionTarget } from "@muster/provisioning";
import type { Attributes, Json } from "@muster/scim";
import { createJumpCloudDialect } from "./jumpcloud-dialect.ts";
import { restDialect, restOptions } from "./rest-dialect.ts";
import { scimDialect } from "./scim-dialect.ts";
import { scim1Dialect } from "./scim1-dialect.ts";
import type { Dialect } from "./scripted-app.ts";
import { createWebhookDialect, WEBHOOK_SECRET } from "./webhook-dialect.ts";

/** A kind of target, and the app that speaks it. Adding one here puts it through the whole suite. */
export type KindUnderTest = {
  kind: string;
  dialect(): Dialect;
  auth: ConnectionTarget["auth"];
  options?: Json;
  /** What people must have for it besides a userName and a display name. */
  needs?: (userName: string) => Attributes;
};

export const kindsUnderTest: readonly KindUnderTest[] = [
  { kind: "scim", dialect: () => scimDialect, auth: { scheme: "bearer", token: "t" } },
  { kind: "scim1", dialect: () => scim1Dialect, auth: { scheme: "bearer", token: "t" } },
  {
    kind: "jumpcloud",
    dialect: createJumpCloudDialect,
    auth: { scheme: "header", name: "x-api-key", value: "k" },
    needs: (userName) => ({ emails: [{ value: `${userName}@acme.example`, type: "work", primary: true }] }),
  },
  {
    kind: "webhook",
    dialect: createWebhookDialect,
    auth: { scheme: "signature", secret: WEBHOOK_SECRET },
    options: { acknowledgement: "account" },
  },
  { kind: "rest", dialect: () => restDialect, auth: { scheme: "bearer", token: "t" }, options: restOptions },
];
