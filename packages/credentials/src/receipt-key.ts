import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

/** What comes before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/** A key that receipts are signed with, and the name that they carry. */
export type ReceiptKey = { readonly id: string; readonly key: KeyObject };

/** Makes the Ed25519 key that 32 derived bytes stand for. */
export function toReceiptKey(derived: { id: string; key: KeyObject }): ReceiptKey {
  const der = Buffer.concat([PKCS8_PREFIX, derived.key.export()]);
  return { id: derived.id, key: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
}

/** The public half of a key as JWKS hold it (RFC 7517, RFC 8037). */
export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string; kid: string; alg: "EdDSA"; use: "sig" };

/** The public half of a receipt key. */
export function toPublicJwk({ id, key }: ReceiptKey): PublicJwk {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (x === undefined) throw new Error("An Ed25519 key has a public half");
  return { kty: "OKP", crv: "Ed25519", x, kid: id, alg: "EdDSA", use: "sig" };
}
