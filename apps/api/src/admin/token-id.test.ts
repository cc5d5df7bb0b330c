import { createKeyring, issueToken } from "@muster/credentials";
import { isUuid } from "@muster/runtime";
import { expect, it } from "vitest";
import { readTokenId, toTokenId } from "./token-id.ts";

it("a token's public id is a uuid for callers, and comes back whole", () => {
  const keyring = createKeyring(Buffer.alloc(32, 1));
  for (let count = 0; count < 200; count += 1) {
    const { publicId } = issueToken(keyring, "scim");

    expect(isUuid(toTokenId(publicId))).toBe(true);
    expect(readTokenId(toTokenId(publicId))).toBe(publicId);
  }
});

it.each([
  "",
  "018f7f6a-1c00-7000-8000-000000000001",
  "00000000-0000-8000-8000-000000000000",
  "41414141-4141-8000-8000-41414141412d",
  "c1c1c1c1-c1c1-8000-8000-c1c1c1c1c1c1",
])("%j stands for no token", (id) => {
  expect(readTokenId(id)).toBeUndefined();
});
