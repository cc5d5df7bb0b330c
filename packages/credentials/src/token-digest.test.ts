import * as crypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createKeyring } from "./keyring.ts";
import { lookupId } from "./lookup-id.ts";
import { issueToken } from "./token.ts";
import { digestToken, dummyDigest, sameDigest, verifyCredential } from "./token-digest.ts";

// The real functions, counted.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual), createHmac: vi.fn(real.createHmac) };
});
afterEach(() => {
  vi.clearAllMocks();
});

const keyring = createKeyring(Buffer.alloc(32, 1));
const { token, digest, pepperId } = issueToken(keyring, "scim");

function compareLengths(): number[] {
  return vi.mocked(crypto.timingSafeEqual).mock.calls.flatMap(([left, right]) => [left.byteLength, right.byteLength]);
}

describe("verifyCredential", () => {
  it("V20: digests the presented text and compares 32 bytes with 32 once, whether the lookup found something or not", () => {
    const found = [token, `${token.slice(0, -1)}x`, "short", "x".repeat(4000)];

    for (const presented of found) {
      for (const stored of [
        { digest, pepperId },
        { digest: digest.subarray(0, 8), pepperId },
        { digest, pepperId: "other" },
        null,
      ]) {
        vi.clearAllMocks();
        const isRight = verifyCredential(keyring, presented, stored);

        expect(isRight).toBe(presented === token && stored?.digest === digest && stored.pepperId === pepperId);
        expect(compareLengths()).toEqual([32, 32]);
        expect(crypto.createHmac).toHaveBeenCalledTimes(1);
      }
    }
  });

  it("V20: looks up any text by the same work, a token of ours or not", () => {
    for (const presented of [token, "x".repeat(token.length)]) {
      vi.clearAllMocks();
      lookupId(keyring, "scim", presented);

      expect(crypto.createHmac).toHaveBeenCalledTimes(1);
    }
  });

  it("V20: compares with the dummy when the lookup found nothing", () => {
    verifyCredential(keyring, token, null);

    expect(vi.mocked(crypto.timingSafeEqual).mock.calls).toEqual([[digest, dummyDigest(keyring)]]);
  });

  it("never accepts the dummy, and another master key's digest neither", () => {
    const other = createKeyring(Buffer.alloc(32, 2));

    expect(sameDigest(dummyDigest(keyring), digestToken(keyring, token))).toBe(false);
    expect(verifyCredential(other, token, { digest, pepperId })).toBe(false);
    expect(other.pepperId).not.toBe(pepperId);
  });
});

describe("sameDigest", () => {
  it("V21: refuses digests of another length, equal or not", () => {
    const empty = Buffer.alloc(0);

    expect(sameDigest(digest, Buffer.from(digest))).toBe(true);
    expect(sameDigest(empty, empty)).toBe(false);
    expect(sameDigest(digest.subarray(0, 31), digest.subarray(0, 31))).toBe(false);
    expect(sameDigest(Buffer.concat([digest, digest]), digest)).toBe(false);
    expect(sameDigest(Buffer.alloc(32), empty)).toBe(false);
    expect(sameDigest(empty, Buffer.alloc(32, 1))).toBe(false);
  });
});
