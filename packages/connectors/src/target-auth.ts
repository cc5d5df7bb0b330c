/** Where a client sends its secret (RFC 6749 section 2.3.1): in the Authorization header, or in the form. */
export type ClientSecretIn = "header" | "body";

/** A client's own access (RFC 6749 section 4.4), proven by a secret. */
export type ClientCredentialsAuth = {
  scheme: "oauthClientCredentials";
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  clientSecretIn: ClientSecretIn;
  scope?: string;
  /** Some servers name the API that the token is for in `audience`, others in `resource` (RFC 8707). */
  audience?: string;
  resource?: string;
};

/** A client's own access, proven by an assertion that it signs (RFC 7523 section 2.2, private_key_jwt). */
export type PrivateKeyJwtAuth = {
  scheme: "oauthPrivateKeyJwt";
  tokenUrl: string;
  clientId: string;
  /** PEM, PKCS #8; what it signs with follows from its kind. */
  privateKey: string;
  keyId?: string;
  /** Whom the assertion is for; the token endpoint itself unless said. */
  assertionAudience?: string;
  scope?: string;
  audience?: string;
  resource?: string;
};

/** Access for whom a signed assertion names (RFC 7523 section 2.1). */
export type JwtBearerAuth = {
  scheme: "oauthJwtBearer";
  tokenUrl: string;
  issuer: string;
  subject?: string;
  privateKey: string;
  keyId?: string;
  assertionAudience?: string;
  /** How long an assertion is good for; 300 unless said. */
  lifetimeSeconds?: number;
  scope?: string;
};

/** Access that an administrator of the app has given (RFC 6749 section 4.1, with PKCE), kept alive by its refresh token. */
export type AuthorizationCodeAuth = {
  scheme: "oauthAuthorizationCode";
  authorizationUrl: string;
  tokenUrl: string;
  clientId: string;
  clientSecret?: string;
  clientSecretIn: ClientSecretIn;
  scope?: string;
  audience?: string;
  resource?: string;
};

export type OAuthAuth = ClientCredentialsAuth | PrivateKeyJwtAuth | JwtBearerAuth | AuthorizationCodeAuth;

/**
 * By a signature over each request's id, time and body (Standard Webhooks): no header is the same twice. The former secret signs beside
 * the present one until the receiver has had the time to change over.
 */
export type SignatureAuth = {
  scheme: "signature";
  /** whsec_ and 24 to 64 bytes in base64. */
  secret: string;
  former?: { secret: string; until: string };
};

/** A sign-in that is known before a request is made. */
export type FixedAuth =
  | { scheme: "bearer"; token: string }
  | { scheme: "header"; name: string; value: string }
  | { scheme: "basic"; username: string; password: string }
  /** By its client certificate alone: no header is sent. */
  | { scheme: "certificate" }
  | SignatureAuth;

/** How a connection signs in to its app. */
export type TargetAuth = FixedAuth | OAuthAuth;

/** What a connection's TLS is made with beyond the usual; PEM. */
export type TargetTls = { ca?: string; certificate?: string; privateKey?: string };
