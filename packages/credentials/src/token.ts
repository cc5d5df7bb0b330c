import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { numberToBase62, randomBase62, toBase62 } from "./base62.ts";
import type { Keyring } from "./keyring.ts";
import { digestToken } from "./token-digest.ts";

const PUBLIC_ID_LENGTH = 12;
const SECRET_BYTES = 32;
/** 62^43 is the first power of 62 above 2^256. */
const SECRET_LENGTH = 43;
/** 62^6 is the first power of 62 above 2^32. */
const CHECKSUM_LENGTH = 6;
const SHAPE = /^mst_(scim|key|client|session|portal|signin)_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})$/;

/**
 * "scim" opens one directory's endpoint, "key" the admin API, "client" gets access tokens for one directory, "session" is what
 * a browser keeps of a sign-in, "portal" begins one for a tenant's administrator, "signin" is what a browser keeps while it is at the identity provider.
 */
export type TokenKind = "scim" | "key" | "client" | "session" | "portal" | "signin";

export type IssuedToken = {
  /** The credential in clear: shown once, never stored. */
  token: string;
  /** Names the token in lists, logs and lookups. */
  publicId: string;
  /** The end of the checksum, by which people recognise a token: it says nothing about the secret that the rest would not. */
  last4: string;
  digest: Buffer;
  pepperId: string;
};

/**
 * Makes a token: `mst_`, kind, 12-character public id, 256 random bits in base 62, and a CRC-32 that rejects typos and
 * helps secret scanners. The checksum protects nothing; the digest does.
 */
export function issueToken(keyring: Keyring, kind: TokenKind): IssuedToken {
  const publicId = randomBase62(PUBLIC_ID_LENGTH);
  const body = `mst_${kind}_${publicId}_${toBase62(randomBytes(SECRET_BYTES), SECRET_LENGTH)}`;
  const token = body + checksum(body);
  return { token, publicId, last4: token.slice(-4), digest: digestToken(keyring, token), pepperId: keyring.pepperId };
}

/** Reads a token's public id, or null if the text is not a well-formed token of this kind with a right checksum. */
export function readToken(kind: TokenKind, text: string): { publicId: string } | null {
  const [, shownKind, publicId, shownChecksum] = SHAPE.exec(text) ?? [];
  const isRight = shownChecksum === checksum(text.slice(0, -CHECKSUM_LENGTH));
  return isRight && shownKind === kind && publicId !== undefined ? { publicId } : null;
}

function checksum(body: string): string {
  return numberToBase62(crc32(body), CHECKSUM_LENGTH);
}
