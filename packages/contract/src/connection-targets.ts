import Type, { type Static } from "typebox";
import { authSchemes, ConnectionAuth, ConnectionTls, ConnectionTlsView } from "./connection-auth.ts";
import { closed, oneOf, tagged } from "./primitives.ts";

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

// Always whole, in an update too: a stored secret is then never sent to a URL it was not given for (V33).
export const ConnectionTarget = tagged(
  "kind",
  { title: "ConnectionTarget", description: "Where the app is. Replaced as a whole, secret included." },
  [ScimTarget],
);
export type ConnectionTarget = Static<typeof ConnectionTarget>;

export const ConnectionTargetView = closed(
  {
    kind: Type.String({ description: "as GET /api/v1/connectors lists the kinds" }),
    baseUrl: Type.String(),
    auth: closed({ scheme: oneOf([...authSchemes]), configured: Type.Literal(true) }),
    tls: ConnectionTlsView,
  },
  { title: "ConnectionTargetView" },
);
export type ConnectionTargetView = Static<typeof ConnectionTargetView>;
