import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, matching, name, nullable, oneOf, timestamp } from "./primitives.ts";

/** The identity providers a directory can be for; `generic` is any other that speaks SCIM 2.0. */
export const directoryProviders = [
  "jumpcloud",
  "okta",
  "entra",
  "onelogin",
  "google",
  "ping",
  "rippling",
  "cyberark",
  "sailpoint",
  "keycloak",
  "authentik",
  "generic",
] as const;
export type DirectoryProvider = (typeof directoryProviders)[number];

const provider = oneOf(directoryProviders);
const endpointUrl = Type.String({ description: "what the identity provider is given; opaque" });
const bearerToken = Type.String({ description: "the token in clear, this once" });
const tokenUrl = Type.String({ description: "where a client gets access tokens (OAuth 2.0 client credentials)" });

const enabled = Type.Boolean({ description: "false: identity providers are refused until it is true again" });
// The exact form is checked where addresses are read; here only what can be one.
const network = matching(
  "^[0-9A-Fa-f:.]{2,45}(?:/[0-9]{1,3})?$",
  49,
  "an address or a CIDR, such as 192.0.2.0/24 or 2001:db8::/32",
);
const allowedAddresses = Type.Unsafe<string[] | null>({
  type: ["array", "null"],
  items: network,
  minItems: 1,
  maxItems: 100,
  description: "the addresses that may use this directory; null: any",
});
const requestsPerSecond = nullable(
  Type.Integer({ minimum: 1, maximum: 100_000, description: "null: the installation's own limit" }),
);
const memberMatching = Type.Array(oneOf(["externalId", "userName"]), {
  maxItems: 2,
  description: "by what else than the id a group's member may name a person who arrives later",
});
const tombstoneDays = Type.Integer({
  minimum: 1,
  maximum: 3650,
  description: "how long a deleted person is kept, to be recognised on return",
});
const days = Type.Integer({ minimum: 0, maximum: 365, description: "0 keeps no log" });
const bodies = Type.Boolean({ description: "whether masked bodies are kept with the requests" });
const requestLog = closed({ days, bodies });

const gate = oneOf(["open", "closed"], {
  description:
    "how the gates of connections begin that are made to this directory from now on, unless they say otherwise; closed: people and groups arrive, and nobody is let into an app until the connection's gate is opened",
});

export const CreateDirectoryRequest = closed(
  { provider, name: Type.Optional(name), gate: Type.Optional(gate) },
  { title: "CreateDirectoryRequest" },
);
export type CreateDirectoryRequest = Static<typeof CreateDirectoryRequest>;

export const UpdateDirectoryRequest = closed(
  {
    name: Type.Optional(name),
    enabled: Type.Optional(enabled),
    allowedAddresses: Type.Optional(allowedAddresses),
    requestsPerSecond: Type.Optional(requestsPerSecond),
    memberMatching: Type.Optional(memberMatching),
    tombstoneDays: Type.Optional(tombstoneDays),
    gate: Type.Optional(gate),
    requestLog: Type.Optional(
      closed({ days: Type.Optional(days), bodies: Type.Optional(bodies) }, { minProperties: 1 }),
    ),
  },
  { title: "UpdateDirectoryRequest", minProperties: 1, description: "What is left out keeps its value." },
);
export type UpdateDirectoryRequest = Static<typeof UpdateDirectoryRequest>;

const directoryProperties = {
  id,
  provider,
  name: Type.String(),
  createdAt: timestamp,
  enabled,
  allowedAddresses,
  requestsPerSecond,
  memberMatching,
  tombstoneDays,
  requestLog,
  gate,
  oauth: closed({ tokenUrl }),
};

export const Directory = closed({ ...directoryProperties, scim: closed({ endpointUrl }) }, { title: "Directory" });
export type Directory = Static<typeof Directory>;

export const DirectoryCreated = closed(
  { ...directoryProperties, scim: closed({ endpointUrl, bearerToken }) },
  { title: "DirectoryCreated" },
);
export type DirectoryCreated = Static<typeof DirectoryCreated>;

export const DirectoryPage = pageOf("DirectoryPage", Directory);
