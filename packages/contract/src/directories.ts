import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, name, nullable, oneOf, timestamp, tokenId } from "./primitives.ts";

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

export const CreateDirectoryRequest = closed(
  { provider, name: Type.Optional(name) },
  { title: "CreateDirectoryRequest" },
);
export type CreateDirectoryRequest = Static<typeof CreateDirectoryRequest>;

export const Directory = closed(
  { id, provider, name: Type.String(), createdAt: timestamp, scim: closed({ endpointUrl }) },
  { title: "Directory" },
);
export type Directory = Static<typeof Directory>;

export const DirectoryCreated = closed(
  { id, provider, name: Type.String(), createdAt: timestamp, scim: closed({ endpointUrl, bearerToken }) },
  { title: "DirectoryCreated" },
);
export type DirectoryCreated = Static<typeof DirectoryCreated>;

export const DirectoryPage = pageOf("DirectoryPage", Directory);

export const DirectoryToken = closed(
  {
    id: tokenId,
    createdAt: timestamp,
    expiresAt: nullable(timestamp),
    lastUsedAt: nullable(timestamp),
    revokedAt: nullable(timestamp),
  },
  { title: "DirectoryToken" },
);
export type DirectoryToken = Static<typeof DirectoryToken>;

export const DirectoryTokenCreated = closed(
  { id: tokenId, bearerToken, expiresAt: nullable(timestamp) },
  { title: "DirectoryTokenCreated" },
);
export type DirectoryTokenCreated = Static<typeof DirectoryTokenCreated>;

export const DirectoryTokenPage = pageOf("DirectoryTokenPage", DirectoryToken);
