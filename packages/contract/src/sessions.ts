import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { closed, timestamp } from "./primitives.ts";

export const CreateSessionRequest = closed(
  {
    apiKey: Type.String({ minLength: 1, maxLength: 4096, description: "an API key of 1 to 4096 characters" }),
  },
  { title: "CreateSessionRequest" },
);
export type CreateSessionRequest = Static<typeof CreateSessionRequest>;

export const Session = closed(
  {
    signedInWith: closed({ apiKeyId: Type.String({ description: "the public id of the API key" }) }),
    csrfToken: Type.String({ description: "to be sent as X-CSRF-Token with everything that changes something" }),
    expiresAt: timestamp,
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
