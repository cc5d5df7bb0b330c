import { createHmac } from "node:crypto";
import { toBase62 } from "./base62.ts";
import type { Keyring } from "./keyring.ts";
import { readToken, type TokenKind } from "./token.ts";

/** 128 bits in base 62, after a letter and a dash that no public id of a token has. */
const DERIVED_LENGTH = 22;

/**
 * The id under which a credential is stored and looked up: the public id of our own token, and for any other text,
 * such as a key that the operator chose, one derived by HMAC. So every text has exactly one place to look.
 */
export function lookupId(keyring: Keyring, kind: TokenKind, presented: string): string {
  const mac = createHmac("sha256", keyring.lookup).update(`${kind}\0`).update(presented, "utf8").digest();
  const derived = `x-${toBase62(mac.subarray(0, 16), DERIVED_LENGTH)}`;
  return readToken(kind, presented)?.publicId ?? derived;
}
