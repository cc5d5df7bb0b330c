import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { connectionParams } from "./operation-params.ts";
import { closed, nullable, oneOf, timestamp } from "./primitives.ts";

export const ConsentRequest = closed(
  {
    authorizationUrl: Type.String({ description: "where to send an administrator of the app, in a browser" }),
    redirectUri: Type.String({
      description: "what to register at the authorization server: the same for every connection",
    }),
    expiresAt: timestamp,
  },
  { title: "ConsentRequest", description: "Asking an administrator of the app for access. Good once." },
);
export type ConsentRequest = Static<typeof ConsentRequest>;

export const Consent = closed(
  {
    state: oneOf(["none", "asked", "given", "over"]),
    givenAt: nullable(timestamp),
    givenBy: nullable(Type.String()),
    askedUntil: nullable(timestamp),
    reason: nullable(Type.String({ description: "why it is over" })),
  },
  { title: "Consent", description: "How the access stands that an administrator of the app gives." },
);
export type Consent = Static<typeof Consent>;

/** The access of connections that sign in by authorization code. */
export const consentOperations = {
  beginConsent: {
    id: "beginConsent",
    tag: "connections",
    method: "post",
    path: "/api/v1/connections/{connectionId}/consent",
    summary: "Begin to ask an administrator of the app for access",
    params: connectionParams,
    success: { status: 201, schema: ConsentRequest },
  },
  getConsent: {
    id: "getConsent",
    tag: "connections",
    method: "get",
    path: "/api/v1/connections/{connectionId}/consent",
    summary: "Read whether an administrator of the app has given access",
    params: connectionParams,
    success: { status: 200, schema: Consent },
  },
} as const satisfies Record<string, Operation>;
