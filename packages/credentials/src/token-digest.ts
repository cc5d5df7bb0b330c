import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.ts";

const DIGEST_BYTES = 32;

/** What is kept of a credential: nothing that opens anything. */
export type StoredDigest = { digest: Buffer; pepperId: string };

/**
 * HMAC-SHA-256 of the whole credential with the pepper. No slow hash: a credential holds at least 32 characters that
 * nobody chose from a dictionary, and slowness would be a lever for denial of service (D02).
 */
export function digestToken(keyring: Keyring, token: string): Buffer {
  return digestWith(keyring.pepper, token);
}

function digestWith(pepper: KeyObject, token: string): Buffer {
  return createHmac("sha256", pepper).update(token, "utf8").digest();
}

/** Compares two digests in constant time; digests of another length than SHA-256 never match, whatever they hold. */
export function sameDigest(left: Buffer, right: Buffer): boolean {
  const isComparable = left.length === DIGEST_BYTES && right.length === DIGEST_BYTES;
  return timingSafeEqual(
    isComparable ? left : Buffer.alloc(DIGEST_BYTES),
    isComparable ? right : Buffer.alloc(DIGEST_BYTES, 1),
  );
}

/** A digest that no credential has in practice, to compare with when the lookup found none (V20). */
export function dummyDigest(keyring: Keyring): Buffer {
  return keyring.dummyDigest;
}

/**
 * Tells whether a presented credential is the stored one. With `null`, for a lookup that found nothing, it does the
 * same digest and the same compare, and the answer is no.
 */
export function verifyCredential(keyring: Keyring, presented: string, stored: StoredDigest | null): boolean {
  const expected = stored?.digest ?? dummyDigest(keyring);
  const pepper = keyring.peppers.get(stored?.pepperId ?? keyring.pepperId);
  const isSame = sameDigest(digestWith(pepper ?? keyring.pepper, presented), expected);
  return isSame && stored !== null && pepper !== undefined;
}
