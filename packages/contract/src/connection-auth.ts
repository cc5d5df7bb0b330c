import Type, { type Static } from "typebox";
import { closed, matching, oneOf, tagged, text, timestamp } from "./primitives.ts";

// Secrets go into a header as they are: visible ASCII only, so that none can end the line.
const BearerAuth = closed(
  {
    scheme: Type.Literal("bearer"),
    token: matching(
      "^[\\x21-\\x7E]{1,8192}$",
      8192,
      "the bare token: 1 to 8192 visible ASCII characters, no blanks, without the word Bearer",
    ),
  },
  { title: "BearerAuth" },
);
export const HeaderAuth = closed(
  {
    scheme: Type.Literal("header"),
    name: Type.String({
      maxLength: 100,
      format: "credential-header",
      description:
        "a header name of 1 to 100 characters that HTTP does not need for itself (as Host, Connection and Content-* are)",
    }),
    value: matching(
      "^[\\x21-\\x7E](?:[\\x20-\\x7E]{0,8190}[\\x21-\\x7E])?$",
      8192,
      "1 to 8192 ASCII characters, no blank first or last, no line ends",
    ),
  },
  { title: "HeaderAuth" },
);
const BasicAuth = closed(
  {
    scheme: Type.Literal("basic"),
    // RFC 7617 section 2: the first colon ends the user name.
    username: matching(
      "^[^:\\u0000-\\u001F\\u007F-\\u009F\\uD800-\\uDFFF\\uFFFE\\uFFFF]{1,1024}$",
      1024,
      "1 to 1024 characters without colon or control characters",
    ),
    password: text(0, 1024),
  },
  { title: "BasicAuth" },
);
const CertificateAuth = closed(
  { scheme: Type.Literal("certificate") },
  { title: "CertificateAuth", description: "By the client certificate of tls alone: no header is sent." },
);

const endpoint = Type.String({
  minLength: 1,
  maxLength: 2000,
  format: "endpoint-url",
  description: "an absolute http or https URL without user name, password or fragment",
});
const line = (description: string) => text(1, 1024, `1 to 1024 characters: ${description}`);
const pem = (most: number, description: string) => matching("^[\\x20-\\x7E\\t\\r\\n]+$", most, description);
const privateKey = pem(20_000, "a private key in PEM, without a passphrase");

const tokenUrl = endpoint;
const clientId = line("the client's id at the authorization server");
const clientSecret = line("the client's secret");
const clientSecretIn = oneOf(["header", "body"], { description: "client_secret_basic, or client_secret_post" });
const wanted = {
  scope: Type.Optional(line("what the token is to open, words between blanks")),
  audience: Type.Optional(line("the API that the token is for, where the server wants it so named")),
  resource: Type.Optional(line("the same as RFC 8707 names it")),
};
const signing = {
  privateKey,
  keyId: Type.Optional(line("the key's id, kid of the assertion")),
  assertionAudience: Type.Optional(line("whom the assertion is for; the token endpoint unless set")),
};

const ClientCredentialsAuth = closed(
  { scheme: Type.Literal("oauthClientCredentials"), tokenUrl, clientId, clientSecret, clientSecretIn, ...wanted },
  { title: "ClientCredentialsAuth", description: "OAuth 2.0 client credentials (RFC 6749 section 4.4)." },
);
const PrivateKeyJwtAuth = closed(
  { scheme: Type.Literal("oauthPrivateKeyJwt"), tokenUrl, clientId, ...signing, ...wanted },
  {
    title: "PrivateKeyJwtAuth",
    description: "Client credentials of a client that signs instead of sending a secret (private_key_jwt).",
  },
);
const JwtBearerAuth = closed(
  {
    scheme: Type.Literal("oauthJwtBearer"),
    tokenUrl,
    issuer: line("who signs, iss"),
    subject: Type.Optional(line("on whose behalf, sub; the issuer unless set")),
    ...signing,
    lifetimeSeconds: Type.Optional(
      Type.Integer({ minimum: 30, maximum: 3600, description: "how long an assertion is good for; 300 unless set" }),
    ),
    scope: wanted.scope,
  },
  { title: "JwtBearerAuth", description: "A signed assertion for a token (RFC 7523)." },
);
const AuthorizationCodeAuth = closed(
  {
    scheme: Type.Literal("oauthAuthorizationCode"),
    authorizationUrl: endpoint,
    tokenUrl,
    clientId,
    clientSecret: Type.Optional(clientSecret),
    clientSecretIn,
    ...wanted,
  },
  {
    title: "AuthorizationCodeAuth",
    description:
      "Access that an administrator of the app gives once, in a browser (authorization code with PKCE), kept by a refresh token. Nothing is sent before.",
  },
);

export const ConnectionAuth = tagged("scheme", { title: "ConnectionAuth", description: "Written, never answered." }, [
  BearerAuth,
  HeaderAuth,
  BasicAuth,
  CertificateAuth,
  ClientCredentialsAuth,
  PrivateKeyJwtAuth,
  JwtBearerAuth,
  AuthorizationCodeAuth,
]);
export type ConnectionAuth = Static<typeof ConnectionAuth>;

export const SignatureAuth = closed(
  {
    scheme: Type.Literal("signature"),
    secret: matching(
      "^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
      98,
      "whsec_ and 24 to 64 random bytes in base64",
    ),
    overlapHours: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 720,
        description: "how long the secret that this one replaces signs beside it; 24 unless set",
      }),
    ),
  },
  {
    title: "SignatureAuth",
    description: "A signature over every request (Standard Webhooks). Written, never answered.",
  },
);
export type SignatureAuth = Static<typeof SignatureAuth>;

export const authSchemes = [
  "bearer",
  "header",
  "basic",
  "certificate",
  "oauthClientCredentials",
  "oauthPrivateKeyJwt",
  "oauthJwtBearer",
  "oauthAuthorizationCode",
  "signature",
] as const satisfies readonly (ConnectionAuth | SignatureAuth)["scheme"][];

export const ConnectionTls = closed(
  {
    ca: Type.Optional(
      pem(200_000, "certificates in PEM that are trusted besides the usual, for this connection alone"),
    ),
    certificate: Type.Optional(pem(100_000, "a client certificate in PEM, with those between it and its CA after it")),
    privateKey: Type.Optional(privateKey),
  },
  { title: "ConnectionTls", minProperties: 1, description: "Of this connection's own TLS. Written, never answered." },
);

const expiresAt = timestamp;
export const ConnectionTlsView = Type.Unsafe<{
  ca: { expiresAt: string } | null;
  certificate: { subject: string; fingerprint: string; expiresAt: string } | null;
} | null>({
  ...closed({
    ca: nullableObject(closed({ expiresAt })),
    certificate: nullableObject(closed({ subject: Type.String(), fingerprint: Type.String(), expiresAt })),
  }),
  type: ["object", "null"],
  description: "what may be shown of them, and when the first of each ends; null where TLS is the usual",
});

function nullableObject<S extends ReturnType<typeof closed>>(schema: S) {
  return Type.Unsafe<Static<S> | null>({ ...schema, type: ["object", "null"] });
}
