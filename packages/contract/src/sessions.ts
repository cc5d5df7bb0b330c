import Type, { type Static } from "typebox";
import { memberRoles } from "./members.ts";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { portalRights } from "./portal-links.ts";
import { closed, id, nullable, oneOf, timestamp, tokenId } from "./primitives.ts";

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
      closed({ memberId: id, email: Type.String(), name: nullable(Type.String()) }),
    ]),
    workspaceId: nullable({ ...id, description: "whose things it opens; null for whoever came by a link" }),
    role: nullable(Type.String({ enum: [...memberRoles], description: "null for whoever came by a link" })),
    operations: Type.Array(Type.String(), { description: "what it opens, as GET /api/v1/tenants/{tenantId}" }),
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

export const SignInMethods = closed(
  {
    provider: Type.Union([closed({ name: Type.String({ description: "what the button says" }) }), Type.Null()], {
      description: "null: with an API key only",
    }),
  },
  { title: "SignInMethods" },
);
export type SignInMethods = Static<typeof SignInMethods>;

export const BeginSignInRequest = closed(
  { workspaceId: Type.Optional(id) },
  {
    title: "BeginSignInRequest",
    description: "Without a workspace, whoever is a member of several comes into the one that they used last.",
  },
);
export type BeginSignInRequest = Static<typeof BeginSignInRequest>;

export const BegunSignIn = closed(
  { authorizationUrl: Type.String({ description: "where the browser goes to, at the identity provider" }) },
  { title: "BegunSignIn" },
);
export type BegunSignIn = Static<typeof BegunSignIn>;

/** Why somebody came back from the identity provider and is not signed in; in the portal's address, and words are the portal's. */
export const signInFailures = [
  "denied",
  "started-elsewhere",
  "provider-away",
  "not-understood",
  "email-unverified",
  "email-domain",
  "not-invited",
] as const;
export type SignInFailure = (typeof signInFailures)[number];

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
  getSignIn: {
    id: "getSignIn",
    tag: "session",
    method: "get",
    path: "/session/sign-in",
    summary: "Read how one can sign in",
    params: noParams,
    success: { status: 200, schema: SignInMethods },
  },
  beginSignIn: {
    id: "beginSignIn",
    tag: "session",
    method: "post",
    path: "/session/sign-in",
    summary: "Go to the identity provider, with a browser that will come back",
    params: noParams,
    body: BeginSignInRequest,
    bodyOptional: true,
    success: { status: 201, schema: BegunSignIn },
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
