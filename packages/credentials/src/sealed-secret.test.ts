import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyring } from "./keyring.ts";
import { createDataKey, openSecret, rewrapDataKey, type SealAddress, SealError, sealSecret } from "./sealed-secret.ts";

const masterKey = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 3));
const keyring = createKeyring(masterKey);
const address: SealAddress = { tenantId: "t1", table: "connections", column: "auth", rowId: "c1" };
const { wrapped, keyId } = createDataKey(keyring, "t1");

describe("D06: sealSecret and openSecret", () => {
  it("gives any text back at its own address, and never the same bytes twice", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (plaintext) => {
        const [one, other] = [
          sealSecret(keyring, wrapped, address, plaintext),
          sealSecret(keyring, wrapped, address, plaintext),
        ];
        expect(openSecret(keyring, wrapped, address, one)).toBe(plaintext);
        expect(one.equals(other)).toBe(false);
      }),
    );
  });

  it("I19: does not open in another row, column, table or tenant", () => {
    const sealed = sealSecret(keyring, wrapped, address, "hunter2");
    const moved: SealAddress[] = [
      { ...address, rowId: "c2" },
      { ...address, column: "profile" },
      { ...address, table: "directories" },
      { ...address, tenantId: "t2" },
      // The same characters, parted elsewhere.
      { ...address, table: "connection", column: "sauth" },
      { ...address, column: "authc", rowId: "1" },
    ];

    for (const elsewhere of moved) {
      expect(() => openSecret(keyring, wrapped, elsewhere, sealed), JSON.stringify(elsewhere)).toThrow(SealError);
    }
    expect(openSecret(keyring, wrapped, address, sealed)).toBe("hunter2");
  });

  it("I19: swapping two rows' ciphertexts, or two tenants' data keys, opens nothing", () => {
    const otherRow = { ...address, rowId: "c2" };
    const otherTenant = { ...address, tenantId: "t2" };
    const otherWrapped = createDataKey(keyring, "t2").wrapped;
    const sealedHere = sealSecret(keyring, wrapped, address, "here");
    const sealedThere = sealSecret(keyring, wrapped, otherRow, "there");
    const sealedInOther = sealSecret(keyring, otherWrapped, otherTenant, "other");

    expect(() => openSecret(keyring, wrapped, address, sealedThere)).toThrow(SealError);
    expect(() => openSecret(keyring, wrapped, otherRow, sealedHere)).toThrow(SealError);
    expect(() => openSecret(keyring, otherWrapped, address, sealedInOther)).toThrow(SealError);
    expect(() => openSecret(keyring, wrapped, otherTenant, sealedInOther)).toThrow(SealError);
    expect(() => openSecret(keyring, createDataKey(keyring, "t1").wrapped, address, sealedHere)).toThrow(SealError);
    expect(() => sealSecret(keyring, otherWrapped, address, "x")).toThrow(SealError);
  });

  it("does not open when any single bit of it or of its data key is flipped, or when it is cut", () => {
    const sealed = sealSecret(keyring, wrapped, address, "hunter2");
    const flipped = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    };

    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      expect(() => openSecret(keyring, wrapped, address, flipped(sealed, bit))).toThrow(SealError);
    }
    for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
      expect(() => openSecret(keyring, flipped(wrapped, bit), address, sealed)).toThrow(SealError);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => openSecret(keyring, wrapped, address, sealed.subarray(0, length))).toThrow(SealError);
    }
    for (let length = 0; length < wrapped.length; length += 1) {
      expect(() => openSecret(keyring, wrapped.subarray(0, length), address, sealed)).toThrow(SealError);
    }
  });

  it("V23: errors and dumps hold neither the secret nor a key", () => {
    const sealed = sealSecret(keyring, wrapped, address, "hunter2");
    let shown = inspect(keyring, { depth: 9, showHidden: true }) + JSON.stringify(keyring);
    try {
      openSecret(keyring, wrapped, { ...address, rowId: "c2" }, sealed);
    } catch (error) {
      shown += inspect(error, { depth: 9 });
    }

    expect(shown).toContain("SealError");
    expect(shown).not.toContain("hunter2");
    for (const form of ["hex", "base64"] as const) {
      expect(shown).not.toContain(masterKey.toString(form).slice(0, 16));
      expect(shown).not.toContain(keyring.pepper.export().toString(form).slice(0, 16));
    }
  });
});

describe("key rotation (F36)", () => {
  const nextMaster = Buffer.alloc(32, 9);

  it("opens what a retired master key wrapped, and no longer needs it after re-wrapping", () => {
    const sealed = sealSecret(keyring, wrapped, address, "hunter2");
    const rotating = createKeyring(nextMaster, [masterKey]);
    const rewrapped = rewrapDataKey(rotating, "t1", wrapped);
    const rotated = createKeyring(nextMaster);

    expect(openSecret(rotating, wrapped, address, sealed)).toBe("hunter2");
    expect(openSecret(rotated, rewrapped.wrapped, address, sealed)).toBe("hunter2");
    expect(rewrapped.keyId).toBe(rotated.wrapKeyId);
    expect(keyId).toBe(keyring.wrapKeyId);
    expect(() => openSecret(rotated, wrapped, address, sealed)).toThrow(
      `that this process does not have (id ${keyId})`,
    );
    expect(() => rewrapDataKey(rotating, "t2", wrapped)).toThrow(SealError);
  });

  it("refuses a master key of another length", () => {
    expect(() => createKeyring(Buffer.alloc(31))).toThrow(RangeError);
    expect(() => createKeyring(nextMaster, [Buffer.alloc(0)])).toThrow(RangeError);
  });

  it("derives the same keys from the same master key, and each key differs", () => {
    const again = createKeyring(masterKey);

    expect([again.pepperId, again.wrapKeyId]).toEqual([keyring.pepperId, keyring.wrapKeyId]);
    expect(again.pepper.equals(keyring.pepper)).toBe(true);
    expect(again.lookup.equals(keyring.pepper)).toBe(false);
    expect(keyring.wrapKeys.get(keyring.wrapKeyId)?.equals(keyring.pepper)).toBe(false);
  });
});
