import { compactVerify, createLocalJWKSet } from "jose";
import { describe, expect, it } from "vitest";
import { createKeyring } from "./keyring.ts";
import { receiptJwks, signReceipt } from "./receipt.ts";

const masterKey = Buffer.alloc(32, 7);
const claims = { jti: "removal-1", remoteId: "7" };

describe("X4: receipts", () => {
  it("are signed with the newest key, the same text to the same bytes, and verify with the published keys", async () => {
    const keyring = createKeyring(masterKey);
    const receipt = await signReceipt(keyring, claims);
    const { payload, protectedHeader } = await compactVerify(receipt, createLocalJWKSet(receiptJwks(keyring)));

    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(claims);
    expect(protectedHeader).toEqual({
      alg: "EdDSA",
      typ: "offboarding-receipt+jwt",
      kid: receiptJwks(keyring).keys[0]?.kid,
    });
    expect(await signReceipt(createKeyring(masterKey), claims)).toBe(receipt);
  });

  it("verify after the key was rotated, also under a new encryption key; a stranger's does not", async () => {
    const old = await signReceipt(createKeyring(masterKey), claims);
    const rotated = createKeyring(masterKey, [], 2);
    const renewed = createKeyring(Buffer.alloc(32, 8), [masterKey], 1);
    const fresh = await signReceipt(rotated, claims);
    const stranger = createLocalJWKSet(receiptJwks(createKeyring(Buffer.alloc(32, 9))));

    await expect(compactVerify(old, createLocalJWKSet(receiptJwks(rotated)))).resolves.toBeDefined();
    await expect(compactVerify(old, createLocalJWKSet(receiptJwks(renewed)))).resolves.toBeDefined();
    expect(fresh.split(".")[0]).not.toBe(old.split(".")[0]);
    await expect(compactVerify(old, stranger)).rejects.toThrow();
  });

  it("are published without anything private", () => {
    for (const key of receiptJwks(createKeyring(masterKey, [], 3)).keys)
      expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });
});
