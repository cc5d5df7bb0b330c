import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupSchema, userSchema } from "../schemas/registry.ts";
import { collectNames } from "./known-names.ts";
import { maskDetail, maskExpression, maskPath, maskQuery } from "./mask-text.ts";

const names = collectNames({ User: userSchema, Group: groupSchema });
const OWN_ID = "018f7f6a-1c00-7000-8000-000000000006";

describe("K5: a masked path", () => {
  it.each([
    [`/Users/${OWN_ID}`, `/Users/${OWN_ID}`],
    ["/Users/ada@example.com", "/Users/email(15)"],
    ["/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User"],
    ["/a/b/c/d/e/f", "/text(1)/text(1)/text(1)/text(1)/..."],
    ["/", "/"],
  ])("%s becomes %s", (path, masked) => {
    expect(maskPath(path)).toBe(masked);
  });
});

describe("K5: a masked query", () => {
  it.each([
    ["", ""],
    ["startIndex=1&count=100", "?startIndex=1&count=100"],
    ["filter=userName+eq+%22ada%40example.com%22&", '?filter=userName eq "email(15)"&'],
    ["filter=userName%20eq%20ada.lovelace", "?filter=userName eq text(12)"],
    [
      "filter=active%20eq%20%22False%22%20and%20meta.lastModified%20gt%202",
      '?filter=active eq "False" and meta.lastModified gt number',
    ],
    [
      "filter=emails%5Btype%20eq%20%22work%22%20and%20value%20co%20%22ada%22%5D",
      '?filter=emails[type eq "work" and value co "text(3)"]',
    ],
    ["filter=ada%40example.com", "?filter=text(3)?text(11)"],
    ["filter=%22ada%20%5C%22lovelace", '?filter="text(14)"'],
    [
      "excludedAttributes=members&attributes=userName,secretName",
      "?excludedAttributes=members&attributes=userName,text(10)",
    ],
    ["count=ada&ada=lovelace&token=abc", "?count=text(3)&text(12)&text(9)"],
    ["filter=%E0%A4%A", "?filter=?text(2)?text(2)?text(1)"],
    [`filter=id eq "${OWN_ID}"`, `?filter=id eq "${OWN_ID}"`],
    [
      Array.from({ length: 12 }, () => "count=1").join("&"),
      `?${Array.from({ length: 10 }, () => "count=1").join("&")}&...`,
    ],
  ])("%s becomes %s", (query, masked) => {
    expect(maskQuery(query, names)).toBe(masked);
  });

  it("holds no literal of a filter, right or malformed, and is bounded", () => {
    const secret = fc.stringMatching(/^[a-z0-9@._-]{8,30}$/);
    const around = fc.constantFrom(
      'userName eq "',
      "userName eq ",
      '("',
      "not (",
      'emails[value eq "',
      "",
      "attributes=",
      "eq eq ",
    );
    fc.assert(
      fc.property(around, secret, fc.string({ maxLength: 3 }), (before, literal, after) => {
        expect(maskExpression(before + literal + after, names)).not.toContain(literal);
        expect(maskQuery(`filter=${before}${literal}${after}`, names)).not.toContain(literal);
      }),
    );
    expect(maskQuery(`filter=${"x".repeat(1_000_000)}`, names).length).toBeLessThan(3_000);
  });
});

describe("K5: a masked detail", () => {
  it.each([
    ['userName "ada@example.com" belongs to another user', 'userName "email(15)" belongs to another user'],
    ['userName "ada" or "bob" belongs to another user', 'userName "text(12)" belongs to another user'],
    ['"/Users" takes GET, POST', '"/Users" takes GET, POST'],
    ['The path "emails.value" is wrong', 'The path "emails.value" is wrong'],
    ['The path "never closed', 'The path "text(12)"'],
    ["userName is required", "userName is required"],
  ])("%s becomes %s", (detail, masked) => {
    expect(maskDetail(detail, names)).toBe(masked);
  });
});
