import { describe, expect, it } from "vitest";
import { randomBase62, toBase62 } from "./base62.ts";
import { createKeyring } from "./keyring.ts";
import { lookupId } from "./lookup-id.ts";
import { issueToken, readToken } from "./token.ts";
import { verifyCredential } from "./token-digest.ts";

const keyring = createKeyring(Buffer.alloc(32, 1));

function swapCase(text: string): string {
  return text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
}

/** Every text that is close to a token without being it. */
function* nearMisses(token: string): Generator<string> {
  for (let length = 0; length < token.length; length += 1) {
    yield token.slice(0, length);
    yield token.slice(token.length - length);
  }
  for (let index = 0; index < token.length; index += 1) {
    const [before, at, after] = [token.slice(0, index), token.charAt(index), token.slice(index + 1)];
    if (swapCase(at) !== at) {
      yield before + swapCase(at) + after;
    }
    yield before + (at === "a" ? "b" : "a") + after;
    yield before + after;
    yield before + at + at + after;
  }
  yield* [
    token.toLowerCase(),
    token.toUpperCase(),
    `${token}0`,
    `${token}\n`,
    ` ${token}`,
    `${token}\u0000`,
    token + token,
    `${token}=`,
  ];
}

describe("issueToken", () => {
  it("has the documented shape: prefix, kind, 12-character id, 43 characters of secret, 6 of checksum", () => {
    const { token, publicId, digest, pepperId } = issueToken(keyring, "scim");

    expect(token).toMatch(/^mst_scim_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(token.split("_")[2]).toBe(publicId);
    expect(readToken("scim", token)).toEqual({ publicId });
    expect({ length: digest.length, pepperId }).toEqual({ length: 32, pepperId: keyring.pepperId });
    expect(digest.toString("latin1") + pepperId).not.toContain(token.slice(-20));
  });

  it("V22: 100,000 tokens are unique, in id and in secret, with length and alphabet fixed", () => {
    const ids = new Set<string>();
    const secrets = new Set<string>();
    for (let count = 0; count < 100_000; count += 1) {
      const { token, publicId } = issueToken(keyring, "key");
      const secretPart = token.slice(-49, -6);
      if (!/^mst_key_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/.test(token)) {
        throw new Error(`token of another shape, ${String(token.length)} characters`);
      }
      ids.add(publicId);
      secrets.add(secretPart);
    }

    expect([ids.size, secrets.size]).toEqual([100_000, 100_000]);
  }, 60_000);
});

describe("readToken", () => {
  it("V21: refuses every prefix, suffix, case change, replaced, missing and doubled character", () => {
    const { token, digest, pepperId } = issueToken(keyring, "scim");
    const misses = [...nearMisses(token)];

    expect(misses.length).toBeGreaterThan(400);
    for (const miss of misses) {
      expect(readToken("scim", miss), miss).toBeNull();
      expect(verifyCredential(keyring, miss, { digest, pepperId }), miss).toBe(false);
    }
    expect(verifyCredential(keyring, token, { digest, pepperId })).toBe(true);
  });

  it("refuses a token of the other kind", () => {
    expect(readToken("key", issueToken(keyring, "scim").token)).toBeNull();
    expect(readToken("scim", issueToken(keyring, "key").token)).toBeNull();
  });
});

describe("lookupId", () => {
  it("is the public id of our own token", () => {
    const { token, publicId } = issueToken(keyring, "key");

    expect(lookupId(keyring, "key", token)).toBe(publicId);
  });

  it("is one stable derived id for any other text, never one that a token can have", () => {
    const chosen = "an operator's key of at least 32 characters";
    const { token } = issueToken(keyring, "scim");

    expect(lookupId(keyring, "key", chosen)).toBe(lookupId(keyring, "key", chosen));
    expect(lookupId(keyring, "key", chosen)).toMatch(/^x-[0-9A-Za-z]{22}$/);
    const ids = [chosen, `${chosen} `, token, token.slice(1)].map((text) => lookupId(keyring, "key", text));
    expect(
      new Set([...ids, lookupId(keyring, "scim", chosen), lookupId(createKeyring(Buffer.alloc(32, 2)), "key", chosen)])
        .size,
    ).toBe(6);
  });
});

describe("base62", () => {
  it("writes the known values and keeps its length", () => {
    expect(toBase62(Buffer.alloc(32), 43)).toBe("0".repeat(43));
    expect(toBase62(Buffer.alloc(32, 0xff), 43)).toHaveLength(43);
    expect(toBase62(Buffer.of(61), 1)).toBe("z");
    expect(toBase62(Buffer.of(62), 2)).toBe("10");
    expect(toBase62(Buffer.alloc(4, 0xff), 6)).toHaveLength(6);
  });

  it("draws every character about equally often", () => {
    const counts = new Map<string, number>();
    for (const character of randomBase62(620_000)) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }

    expect(counts.size).toBe(62);
    // 10,000 expected, standard deviation 100: seven of them would be a broken source, not chance.
    expect(Math.max(...[...counts.values()].map((count) => Math.abs(count - 10_000)))).toBeLessThan(700);
  });
});
