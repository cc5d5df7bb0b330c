import { CompactSign } from "jose";
import type { Keyring } from "./keyring.ts";
import { type PublicJwk, toPublicJwk } from "./receipt-key.ts";

/** Tells a receipt from any other signed text of ours (RFC 8725 section 3.11). */
export const receiptType = "offboarding-receipt+jwt";

/** Signs what a receipt says as a compact JWS (RFC 7515) with the newest key. Ed25519 has no randomness: the same text, the same receipt. */
export async function signReceipt(keyring: Keyring, claims: object): Promise<string> {
  const [newest] = keyring.receiptKeys;
  if (newest === undefined) throw new Error("A keyring has at least one receipt key");
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: receiptType, kid: newest.id })
    .sign(newest.key);
}

/** The public keys of all receipts that this installation has signed, the newest first. */
export function receiptJwks(keyring: Keyring): { keys: PublicJwk[] } {
  return { keys: keyring.receiptKeys.map(toPublicJwk) };
}
