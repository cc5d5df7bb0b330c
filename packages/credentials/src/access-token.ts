import { type KeyObject, randomUUID } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Keyring } from "./keyring.ts";

/** The one algorithm; what a token's header says is compared with it and never followed (RFC 8725 §3.1). */
const ALGORITHM = "HS256";
/** RFC 9068 §2.1. */
const TYPE = "at+jwt";
/** Longer than any access token we issue; what is longer is not parsed. */
const MAX_LENGTH = 2048;
const SHAPE = /^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** What an access token says: who may do what, and where. */
export type AccessGrant = {
  /** The public id of the client that it was issued to. */
  clientId: string;
  /** What it may do; null means all that its client may. */
  scopes: readonly string[] | null;
};

/** Who issues a token, and the one endpoint that it is for. */
type Places = { issuer: string; audience: string };

/** Signs an access token for `lifetimeS` seconds from `nowMs`, which is the database's time. */
export async function issueAccessToken(
  keyring: Keyring,
  grant: AccessGrant,
  terms: Places & { nowMs: number; lifetimeS: number },
): Promise<string> {
  const nowS = Math.floor(terms.nowMs / 1_000);
  const claims = { client_id: grant.clientId, ...(grant.scopes === null ? {} : { scope: grant.scopes.join(" ") }) };
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: keyring.accessTokenKeyId })
    .setIssuer(terms.issuer)
    .setAudience(terms.audience)
    .setSubject(grant.clientId)
    .setJti(randomUUID())
    .setIssuedAt(nowS)
    .setExpirationTime(nowS + terms.lifetimeS)
    .sign(keyring.accessTokenKey);
}

/** Whether a credential has the outer form of a signed JWT; our opaque tokens never have it. */
export function looksLikeAccessToken(presented: string): boolean {
  return presented.length <= MAX_LENGTH && SHAPE.test(presented);
}

/**
 * Reads an access token: algorithm, type, key id, signature, issuer, audience and expiry must all be right. Null for every
 * other text. Whether its client is still live is for the caller to find out.
 */
export async function readAccessToken(
  keyring: Keyring,
  presented: string,
  expected: Places & { nowMs: number },
): Promise<AccessGrant | null> {
  if (!looksLikeAccessToken(presented)) return null;
  try {
    const { payload } = await jwtVerify(presented, ({ kid = "" }) => keyOf(keyring, kid), {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: expected.issuer,
      audience: expected.audience,
      currentDate: new Date(expected.nowMs),
      requiredClaims: ["exp", "sub"],
    });
    // One audience: a token for two places would be one that another place can replay here.
    if (typeof payload.aud !== "string") return null;
    const { sub, scope } = payload;
    if (sub === undefined || (scope !== undefined && typeof scope !== "string")) return null;
    return { clientId: sub, scopes: scope === undefined ? null : scope.split(" ") };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function keyOf({ accessTokenKeys }: Keyring, kid: string): KeyObject {
  const key = accessTokenKeys.get(kid);
  if (key === undefined) throw new errors.JOSEError("the access token names a key that this process does not have");
  return key;
}
