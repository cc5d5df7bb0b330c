import Type, { type Static } from "typebox";
import {
  authSchemes,
  ConnectionAuth,
  ConnectionTls,
  ConnectionTlsView,
  HeaderAuth,
  SignatureAuth,
} from "./connection-auth.ts";
import { closed, matching, oneOf, tagged } from "./primitives.ts";
import { RestOptions } from "./rest-templates.ts";

const baseUrl = Type.String({
  minLength: 1,
  maxLength: 2000,
  format: "base-url",
  description: "an absolute http or https URL without user name, password, query or fragment",
});
const tls = Type.Optional(ConnectionTls);

const ScimTarget = closed(
  { kind: Type.Literal("scim"), baseUrl, auth: ConnectionAuth, tls },
  { title: "ScimTarget", description: "An app that speaks SCIM 2.0." },
);

const Scim1Target = closed(
  { kind: Type.Literal("scim1"), baseUrl, auth: ConnectionAuth, tls },
  { title: "Scim1Target", description: "An older app that speaks SCIM 1.1." },
);

const organizationId = matching(
  "^[0-9A-Fa-f]{24}$",
  24,
  "the 24 hexadecimal digits of a JumpCloud organization's id, for keys that open several",
);
const JumpCloudOptions = closed({ organizationId }, { title: "JumpCloudOptions" });

const JumpCloudTarget = closed(
  {
    kind: Type.Literal("jumpcloud"),
    baseUrl,
    auth: HeaderAuth,
    tls,
    options: Type.Optional(JumpCloudOptions),
  },
  {
    title: "JumpCloudTarget",
    description: "A JumpCloud organization by its directory API; the key goes in x-api-key.",
  },
);

const WebhookOptions = closed(
  {
    acknowledgement: Type.Optional(
      oneOf(["status", "account"], {
        description: "What counts as done: any answer 2xx, or only one that says how the account is now.",
      }),
    ),
  },
  { title: "WebhookOptions" },
);

const WebhookTarget = closed(
  {
    kind: Type.Literal("webhook"),
    baseUrl: Type.String({
      minLength: 1,
      maxLength: 2000,
      format: "endpoint-url",
      description: "an absolute http or https URL without user name, password or fragment",
    }),
    auth: SignatureAuth,
    tls,
    options: Type.Optional(WebhookOptions),
  },
  { title: "WebhookTarget", description: "An address that is told of every change by a signed request." },
);

const RestTarget = closed(
  { kind: Type.Literal("rest"), baseUrl, auth: ConnectionAuth, tls, options: RestOptions },
  { title: "RestTarget", description: "An app with an API of its own, spoken to by templates." },
);

// Always whole, in an update too: a stored secret is then never sent to a URL it was not given for (V33).
export const ConnectionTarget = tagged(
  "kind",
  { title: "ConnectionTarget", description: "Where the app is. Replaced as a whole, secret included." },
  [ScimTarget, Scim1Target, JumpCloudTarget, WebhookTarget, RestTarget],
);
export type ConnectionTarget = Static<typeof ConnectionTarget>;

export const ConnectionTargetView = closed(
  {
    kind: Type.String({ description: "as GET /api/v1/connectors lists the kinds" }),
    baseUrl: Type.String(),
    auth: closed({ scheme: oneOf([...authSchemes]), configured: Type.Literal(true) }),
    tls: ConnectionTlsView,
    options: Type.Optional(
      Type.Unsafe<Static<typeof JumpCloudOptions> | Static<typeof WebhookOptions> | Static<typeof RestOptions>>({
        oneOf: [JumpCloudOptions, WebhookOptions, RestOptions],
        description: "what a target of its kind has besides; left out where that is nothing",
      }),
    ),
  },
  { title: "ConnectionTargetView" },
);
export type ConnectionTargetView = Static<typeof ConnectionTargetView>;
