import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, nullable, oneOf, timestamp, tokenId } from "./primitives.ts";

/** What a token may be allowed: one verb on one kind of resource. */
export const directoryScopes = [
  "users:read",
  "users:create",
  "users:update",
  "users:delete",
  "groups:read",
  "groups:create",
  "groups:update",
  "groups:delete",
] as const;
export type DirectoryScopeName = (typeof directoryScopes)[number];

const scope = oneOf(directoryScopes);
const scopes = Type.Unsafe<DirectoryScopeName[] | null>({
  type: ["array", "null"],
  items: scope,
  minItems: 1,
  maxItems: directoryScopes.length,
  uniqueItems: true,
  description: "what it may do besides discovery, which is always allowed; null: everything",
});
const shownScopes = Type.Unsafe<string[] | null>({ type: ["array", "null"], items: Type.String() });

const terms = {
  scopes: Type.Optional(scopes),
  expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 730, default: 365 })),
  replaces: Type.Optional(tokenId),
  overlapHours: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 168,
      default: 24,
      description: "how long the replaced one stays good; 0 is no longer",
    }),
  ),
};

export const CreateDirectoryTokenRequest = closed(terms, {
  title: "CreateDirectoryTokenRequest",
  description: "Scopes that are left out are those of the token that is replaced, else everything.",
});
export type CreateDirectoryTokenRequest = Static<typeof CreateDirectoryTokenRequest>;

export const CreateDirectoryClientRequest = closed(terms, {
  title: "CreateDirectoryClientRequest",
  description: "Scopes that are left out are those of the client that is replaced, else everything.",
});
export type CreateDirectoryClientRequest = Static<typeof CreateDirectoryClientRequest>;

export const DirectoryToken = closed(
  {
    id: tokenId,
    kind: oneOf(["bearer", "client"], { description: "client: gets access tokens by OAuth client credentials" }),
    last4: nullable(Type.String({ description: "its last four characters" })),
    scopes: shownScopes,
    createdAt: timestamp,
    expiresAt: nullable(timestamp),
    lastUsedAt: nullable(timestamp),
    lastUsedFrom: nullable(Type.String({ description: "the address, where it is known" })),
    revokedAt: nullable(timestamp),
  },
  { title: "DirectoryToken" },
);
export type DirectoryToken = Static<typeof DirectoryToken>;

export const DirectoryTokenCreated = closed(
  {
    id: tokenId,
    bearerToken: Type.String({ description: "the token in clear, this once" }),
    scopes: shownScopes,
    expiresAt: nullable(timestamp),
  },
  { title: "DirectoryTokenCreated" },
);
export type DirectoryTokenCreated = Static<typeof DirectoryTokenCreated>;

export const DirectoryClientCreated = closed(
  {
    id: tokenId,
    clientId: tokenId,
    clientSecret: Type.String({ description: "the secret in clear, this once" }),
    tokenUrl: Type.String({ description: "where the client gets access tokens" }),
    scopes: shownScopes,
    expiresAt: nullable(timestamp),
  },
  { title: "DirectoryClientCreated" },
);
export type DirectoryClientCreated = Static<typeof DirectoryClientCreated>;

export const DirectoryTokenPage = pageOf("DirectoryTokenPage", DirectoryToken);
