import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { portalRights } from "./portal-links.ts";
import { closed, id, oneOf, timestamp, tokenId } from "./primitives.ts";

export const CreateSessionRequest = closed(
  {
    apiKey: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: "an API key of 1 to 4096 characters" }),
    ),
    portalCode: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: "the code of a portal link, of 1 to 4096 characters" }),
    ),
    secondCode: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: "the second code of that link, of 1 to 64 characters" }),
    ),
  },
  { title: "CreateSessionRequest", description: "Either an API key, or the code of a portal link." },
);
export type CreateSessionRequest = Static<typeof CreateSessionRequest>;

export const Session = closed(
  {
    signedInWith: Type.Union([
      closed({ apiKeyId: Type.String({ description: "the public id of the API key" }) }),
      closed({ portalLinkId: tokenId, tenantId: id, rights: oneOf(portalRights) }),
    ]),
    csrfToken: Type.String({ description: "to be sent as X-CSRF-Token with everything that changes something" }),
    expiresAt: timestamp,
    bearer: Type.Optional(
      Type.String({
        description: "in a frame, and this once: to be sent as Authorization: Bearer, since there is no cookie",
      }),
    ),
  },
  { title: "Session" },
);
export type Session = Static<typeof Session>;

/** The header that carries a session's `csrfToken`. */
export const csrfHeader = "X-CSRF-Token";

/**
 * Signing in to the portal: for its own pages, which keep a cookie instead of an API key, and so no part of the admin API
 * or its description.
 */
export const sessionOperations = {
  createSession: {
    id: "createSession",
    tag: "session",
    method: "post",
    path: "/session",
    summary: "Sign in",
    params: noParams,
    body: CreateSessionRequest,
    success: { status: 201, schema: Session },
  },
  getSession: {
    id: "getSession",
    tag: "session",
    method: "get",
    path: "/session",
    summary: "Read who is signed in",
    params: noParams,
    success: { status: 200, schema: Session },
  },
  deleteSession: {
    id: "deleteSession",
    tag: "session",
    method: "delete",
    path: "/session",
    summary: "Sign out",
    params: noParams,
    success: { status: 204 },
  },
} as const satisfies Record<string, Operation>;
