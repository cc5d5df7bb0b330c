import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** What a signed assertion says (RFC 7523 section 3). */
export type AssertionClaims = {
  issuer: string;
  subject: string;
  audience: string;
  lifetimeSeconds: number;
};

const CURVES: Readonly<Record<string, string>> = { prime256v1: "ES256", secp384r1: "ES384", secp521r1: "ES512" };

/** Shorter RSA keys are not to be signed with any more (NIST SP 800-131A). */
const LEAST_RSA_BITS = 2048;

/** Reads a private key to sign with; a key without a passphrase, of a kind that has an algorithm. Null when it is none. */
export function readSigningKey(pem: string): { key: KeyObject; algorithm: string } | null {
  try {
    const key = createPrivateKey(pem);
    const algorithm = algorithmOf(key);
    return algorithm === null ? null : { key, algorithm };
  } catch {
    return null;
  }
}

function algorithmOf(key: KeyObject): string | null {
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === "rsa") return (details?.modulusLength ?? 0) >= LEAST_RSA_BITS ? "RS256" : null;
  if (kind === "ec") return CURVES[details?.namedCurve ?? ""] ?? null;
  return kind === "ed25519" ? "EdDSA" : null;
}

/**
 * Signs an assertion that is good for one request: it has an id of its own, and ends soon.
 *
 * @throws {Error} when the key is none, which saving it has refused
 */
export async function signAssertion(
  claims: AssertionClaims,
  signing: { privateKey: string; keyId: string | undefined; now: Date },
): Promise<string> {
  const found = readSigningKey(signing.privateKey);
  if (found === null) throw new Error("the private key of the connection cannot sign");
  const issuedAt = Math.floor(signing.now.getTime() / 1000);
  const header = { alg: found.algorithm, typ: "JWT", ...(signing.keyId === undefined ? {} : { kid: signing.keyId }) };
  return await new SignJWT()
    .setProtectedHeader(header)
    .setIssuer(claims.issuer)
    .setSubject(claims.subject)
    .setAudience(claims.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + claims.lifetimeSeconds)
    .setJti(randomUUID())
    .sign(found.key);
}
