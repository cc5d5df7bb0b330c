import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { type ReceiptKey, toReceiptKey } from "./receipt-key.ts";

const KEY_BYTES = 32;
const KEY_ID_BYTES = 6;

/** One derived key and the name that stored values carry, so that a later master key can tell its own from an earlier one's. */
type NamedKey = { readonly id: string; readonly key: KeyObject };

/** The keys that one master key stands for; their bytes never show in a log or a dump. */
export type Keyring = {
  /** Names the pepper that token digests are made with. */
  readonly pepperId: string;
  /** Names the key that wraps data keys. */
  readonly wrapKeyId: string;
  readonly pepper: KeyObject;
  /** All peppers that digests may have been made with, by their names. */
  readonly peppers: ReadonlyMap<string, KeyObject>;
  readonly lookup: KeyObject;
  /** Names the key that access tokens are signed with, as their `kid`. */
  readonly accessTokenKeyId: string;
  readonly accessTokenKey: KeyObject;
  /** All keys that access tokens may have been signed with, by their `kid`. */
  readonly accessTokenKeys: ReadonlyMap<string, KeyObject>;
  /** What `dummyDigest` gives; made once, so that an unknown id costs no step more than a known one. */
  readonly dummyDigest: Buffer;
  readonly wrapKeys: ReadonlyMap<string, KeyObject>;
  /** What receipts are signed with, the newest first: that one signs, the others only verify what they signed. */
  readonly receiptKeys: readonly ReceiptKey[];
};

/**
 * Derives the token pepper, the lookup key, the key of access tokens and the key-encryption key from a master key (RFC 5869). Other master keys,
 * retired or to come, still open what they wrapped and know their own tokens; nothing new is made with them. Receipts are signed with a key of their own, of which
 * there may have been several (`receiptKeys`); they and those of other master keys are published too.
 *
 * @throws {RangeError} if a master key is not 32 bytes
 */
export function createKeyring(masterKey: Buffer, otherMasterKeys: readonly Buffer[] = [], receiptKeys = 1): Keyring {
  const pepper = derive(masterKey, "token pepper");
  const wrap = derive(masterKey, "key encryption");
  const accessToken = derive(masterKey, "access token");
  const all = [masterKey, ...otherMasterKeys];
  const every = (purpose: string): ReadonlyMap<string, KeyObject> =>
    new Map(all.map((key) => derive(key, purpose)).map(({ id, key }) => [id, key]));
  const newestFirst = Array.from({ length: receiptKeys }, (_, index) => receiptKeys - index);
  const receipts = all.flatMap((key) =>
    newestFirst.map((number) => toReceiptKey(derive(key, `receipt ${String(number)}`))),
  );
  return {
    receiptKeys: receipts,
    pepperId: pepper.id,
    wrapKeyId: wrap.id,
    pepper: pepper.key,
    peppers: every("token pepper"),
    lookup: derive(masterKey, "lookup id").key,
    accessTokenKeyId: accessToken.id,
    accessTokenKey: accessToken.key,
    accessTokenKeys: every("access token"),
    dummyDigest: derive(masterKey, "dummy digest").key.export(),
    wrapKeys: every("key encryption"),
  };
}

/** The id is derived like the key, under another label: it names the key and says nothing about it. */
function derive(masterKey: Buffer, purpose: string): NamedKey {
  if (masterKey.length !== KEY_BYTES) {
    throw new RangeError(`a master key is ${String(KEY_BYTES)} bytes, not ${String(masterKey.length)}`);
  }
  const expand = (label: string, length: number): Buffer =>
    Buffer.from(hkdfSync("sha256", masterKey, Buffer.alloc(0), `muster v1 ${purpose} ${label}`, length));
  return {
    id: expand("id", KEY_ID_BYTES).toString("hex"),
    key: createSecretKey(expand("key", KEY_BYTES)),
  };
}
