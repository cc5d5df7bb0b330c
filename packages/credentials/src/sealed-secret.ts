import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Keyring } from "./keyring.ts";

const VERSION = 1;
const ALGORITHM = "aes-256-gcm";
const DATA_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 6;

/** Where a sealed value lives; it opens nowhere else. */
export type SealAddress = { tenantId: string; table: string; column: string; rowId: string };

/** A sealed value or a wrapped key that does not open: moved, damaged, forged, or sealed under another key. */
export class SealError extends Error {
  override readonly name = "SealError";
}

/**
 * Makes a tenant's data key and returns it wrapped by the key-encryption key that `keyId` names. One data key may seal
 * up to 2^28 values (NIST SP 800-38D bounds random nonces at 2^32).
 */
export function createDataKey(keyring: Keyring, tenantId: string): { wrapped: Buffer; keyId: string } {
  return { wrapped: wrapDataKey(keyring, tenantId, randomBytes(DATA_KEY_BYTES)), keyId: keyring.wrapKeyId };
}

/**
 * Wraps a data key again under the newest key-encryption key; what it has sealed stays as it is.
 *
 * @throws {SealError} if the wrapped key does not open
 */
export function rewrapDataKey(keyring: Keyring, tenantId: string, wrapped: Buffer): { wrapped: Buffer; keyId: string } {
  const dataKey = unwrapDataKey(keyring, tenantId, wrapped).export();
  return { wrapped: wrapDataKey(keyring, tenantId, dataKey), keyId: keyring.wrapKeyId };
}

/**
 * Seals a secret for one tenant, table, column and row: version, nonce, ciphertext, tag.
 *
 * @throws {SealError} if the wrapped key does not open
 */
export function sealSecret(keyring: Keyring, wrappedKey: Buffer, address: SealAddress, plaintext: string): Buffer {
  const dataKey = unwrapDataKey(keyring, address.tenantId, wrappedKey);
  return Buffer.concat([Buffer.of(VERSION), encrypt(dataKey, secretContext(address), Buffer.from(plaintext, "utf8"))]);
}

/**
 * Opens a sealed secret at the address it was sealed for.
 *
 * @throws {SealError} on any mismatch of key, tenant, table, column, row or bytes (I19)
 */
export function openSecret(keyring: Keyring, wrappedKey: Buffer, address: SealAddress, sealed: Buffer): string {
  if (sealed[0] !== VERSION) {
    throw new SealError("the sealed secret has an unknown format");
  }
  const dataKey = unwrapDataKey(keyring, address.tenantId, wrappedKey);
  return decrypt(dataKey, secretContext(address), sealed.subarray(1), "the sealed secret").toString("utf8");
}

function wrapDataKey({ wrapKeyId, wrapKeys }: Keyring, tenantId: string, dataKey: Buffer): Buffer {
  const wrapKey = wrapKeys.get(wrapKeyId);
  if (wrapKey === undefined) {
    throw new SealError("the keyring lacks its own key-encryption key");
  }
  const head = Buffer.concat([Buffer.of(VERSION), Buffer.from(wrapKeyId, "hex")]);
  return Buffer.concat([head, encrypt(wrapKey, dataKeyContext(wrapKeyId, tenantId), dataKey)]);
}

function unwrapDataKey({ wrapKeys }: Keyring, tenantId: string, wrapped: Buffer): KeyObject {
  const keyId = wrapped.subarray(1, 1 + KEY_ID_BYTES).toString("hex");
  const wrapKey = wrapKeys.get(keyId);
  if (wrapped[0] !== VERSION || wrapKey === undefined) {
    throw new SealError(`the data key is wrapped by a key that this process does not have (id ${keyId})`);
  }
  const context = dataKeyContext(keyId, tenantId);
  return createSecretKey(decrypt(wrapKey, context, wrapped.subarray(1 + KEY_ID_BYTES), "the data key"));
}

function dataKeyContext(keyId: string, tenantId: string): Buffer {
  return contextOf(["muster data key", keyId, tenantId]);
}

function secretContext({ tenantId, table, column, rowId }: SealAddress): Buffer {
  return contextOf(["muster secret", tenantId, table, column, rowId]);
}

/** Additional data of the cipher. Each part carries its length, so that ("ab", "c") and ("a", "bc") differ. */
function contextOf(parts: readonly string[]): Buffer {
  const encoded = parts.flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part));
    return [length, Buffer.from(part, "utf8")];
  });
  return Buffer.concat([Buffer.of(VERSION), ...encoded]);
}

function encrypt(key: KeyObject, context: Buffer, plaintext: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, context: Buffer, envelope: Buffer, what: string): Buffer {
  if (envelope.length < NONCE_BYTES + TAG_BYTES) {
    throw new SealError(`${what} is too short`);
  }
  const nonce = envelope.subarray(0, NONCE_BYTES);
  const tag = envelope.subarray(-TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(context)
    .setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(envelope.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (error) {
    throw new SealError(`${what} does not open here: it was moved, damaged, or sealed under another key`, {
      cause: error,
    });
  }
}
