import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBearer } from "./parse-bearer.ts";

describe("parseBearer", () => {
  it.each([
    ["absent", undefined],
    ["empty", ""],
    ["scheme only", "Bearer"],
    ["scheme and blanks", "Bearer     "],
    ["scheme and a tab", "Bearer\t"],
    ["tab between", "Bearer\ttoken"],
    ["no blank between", "Bearertoken"],
    ["colon", "Bearer: token"],
    ["twice, joined", "Bearer one, Bearer two"],
    ["twice, without a blank", "Bearer one,bearer two"],
    ["twice the scheme", "Bearer Bearer token"],
    ["scheme as the credential", "Bearer bearer"],
    ["Basic", "Basic dXNlcjpwYXNz"],
    ["bare token", "mst_scim_x"],
    ["leading blank", " Bearer token"],
    ["NUL", "Bearer to\u0000ken"],
    ["line break", "Bearer token\r\nX: y"],
    ["not ASCII", "Bearer t\u00f6ken"],
    ["64 KB", `Bearer ${"x".repeat(65_536)}`],
    ["64 KB of blanks", `Bearer ${" ".repeat(65_536)}x`],
    ["64 KB of blanks inside", `Bearer x${" ".repeat(65_536)}`],
    ["just too long", `Bearer ${"x".repeat(4097)}`],
  ])("V15: is null for %s", (_, header) => {
    expect(parseBearer(header)).toBeNull();
  });

  it.each([
    ["Bearer token", "token"],
    ["bearer token", "token"],
    ["BEARER token", "token"],
    ["bEaReR   token  ", "token"],
    ["Bearer a key, that an operator chose", "a key, that an operator chose"],
    ["Bearer forbearer-token", "forbearer-token"],
    [`Bearer ${"x".repeat(4096)}`, "x".repeat(4096)],
  ])("takes the credential out of %j", (header, credential) => {
    expect(parseBearer(header)).toBe(credential);
  });

  it("never returns anything blank, unprintable or not part of the header", () => {
    const pieces = fc.array(fc.constantFrom("Bearer", "bearer ", " ", "\t", ",", "a", "Basic ", "\u0000", "é"), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, (parts) => {
        const header = parts.join("");
        const credential = parseBearer(header);
        if (credential !== null) {
          expect(header).toContain(credential);
          expect(credential).toMatch(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/);
        }
      }),
    );
  });
});
