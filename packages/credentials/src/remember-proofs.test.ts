import * as crypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createKeyring } from "./keyring.ts";
import { rememberProofs } from "./remember-proofs.ts";
import { issueToken } from "./token.ts";

// The real functions, counted.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof crypto>();
  return {
    ...real,
    timingSafeEqual: vi.fn(real.timingSafeEqual),
    createHmac: vi.fn(real.createHmac),
    hash: vi.fn(real.hash),
  };
});
afterEach(() => {
  vi.clearAllMocks();
});

const keyring = createKeyring(Buffer.alloc(32, 1));
const issued = issueToken(keyring, "scim");
const { token } = issued;
const wrong = `${token.slice(0, -1)}${token.endsWith("x") ? "y" : "x"}`;
const stored = () => ({ digest: issued.digest, pepperId: issued.pepperId });

function stepsOf(work: () => void): number[] {
  vi.clearAllMocks();
  work();
  return [crypto.hash, crypto.createHmac, crypto.timingSafeEqual].map((step) => vi.mocked(step).mock.calls.length);
}

describe("rememberProofs", () => {
  it("takes what proved a record again without a digest, compared in constant time", () => {
    const verify = rememberProofs(keyring);
    const record = stored();

    expect(verify(token, record)).toBe(true);
    expect(stepsOf(() => expect(verify(token, record)).toBe(true))).toEqual([1, 0, 1]);
  });

  it("refuses every other text, whatever was proven before", () => {
    const verify = rememberProofs(keyring);
    const record = stored();

    for (const isProven of [false, true]) {
      if (isProven) expect(verify(token, record)).toBe(true);
      for (const presented of [wrong, "", `${token} `, token.toLowerCase()])
        expect(verify(presented, record)).toBe(false);
      expect(verify(token, null)).toBe(false);
    }
  });

  it("V20: a wrong text and an unknown id take the same steps, before a proof and after it", () => {
    const verify = rememberProofs(keyring);
    const record = stored();

    const before = stepsOf(() => verify(wrong, record));
    verify(token, record);
    const after = stepsOf(() => verify(wrong, record));
    const unknown = stepsOf(() => verify(token, null));

    expect([before, after, unknown]).toEqual(Array(3).fill([1, 1, 2]));
  });

  it("forgets a proof with its record: a record that was read anew is proven anew", () => {
    const verify = rememberProofs(keyring);
    verify(token, stored());

    const steps = stepsOf(() => expect(verify(token, { ...stored(), pepperId: "retired" })).toBe(false));

    expect(steps).toEqual([1, 1, 2]);
  });
});
