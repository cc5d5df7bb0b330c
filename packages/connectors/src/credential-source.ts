import type { FixedAuth } from "./target-auth.ts";

/** What signs one request, and which parts of it may never show up in a text. */
export type Credential = { headers: Readonly<Record<string, string>>; secrets: readonly string[] };

/** Why there is no credential to sign a request with; nothing was sent to the app then. */
export type NoCredential = {
  kind: "failed";
  class: "connection" | "transient" | "throttled";
  status: number | null;
  retryAfterMs: number | null;
  detail: string;
};

export type CredentialOutcome = { kind: "ready"; credential: Credential } | NoCredential;

export type CredentialContext = { signal: AbortSignal; timeoutMs: number };

/** Where a connection's requests get their credential. */
export type CredentialSource = {
  get(context: CredentialContext): Promise<CredentialOutcome>;
  /** The app answered 401 to this one; true when another may be had. */
  refused(credential: Credential): boolean;
};

/** A credential that is always the same. */
export function fixedCredential(auth: FixedAuth): CredentialSource {
  const outcome: CredentialOutcome = { kind: "ready", credential: toCredential(auth) };
  return { get: async () => outcome, refused: () => false };
}

/** The credential that an access token makes (RFC 6750 section 2.1). */
export function bearerCredential(token: string): Credential {
  return { headers: { authorization: `Bearer ${token}` }, secrets: [token] };
}

function toCredential(auth: FixedAuth): Credential {
  switch (auth.scheme) {
    case "bearer":
      return bearerCredential(auth.token);
    case "header":
      return { headers: { [auth.name.toLowerCase()]: auth.value }, secrets: [auth.value] };
    case "basic": {
      const pair = Buffer.from(`${auth.username}:${auth.password}`).toString("base64");
      return { headers: { authorization: `Basic ${pair}` }, secrets: [pair, auth.password] };
    }
    case "certificate":
      return { headers: {}, secrets: [] };
    case "signature":
      // What is signed is each request of its own: whoever sends it does that.
      return { headers: {}, secrets: [auth.secret, ...(auth.former === undefined ? [] : [auth.former.secret])] };
  }
}
