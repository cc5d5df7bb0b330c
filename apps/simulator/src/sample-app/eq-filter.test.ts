import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEqFilter } from "./eq-filter.ts";
import { parsePatchPath } from "./patch-operations.ts";
import { ScimFailure } from "./scim-failure.ts";

describe("parseEqFilter", () => {
  it("reads back any string value, quotes and backslashes included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), fc.boolean(), (text, flag) => {
        const filter = `userName eq ${JSON.stringify(text)} and active eq ${flag}`;

        expect(parseEqFilter(filter)).toEqual([
          { attribute: "username", value: text },
          { attribute: "active", value: flag },
        ]);
      }),
    );
  });

  it("answers any other text with a ScimFailure and nothing else", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `userName eq ${text}`),
        ),
        (text) => {
          try {
            expect(parseEqFilter(text).length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(ScimFailure);
          }
        },
      ),
    );
  });
});

describe("parsePatchPath", () => {
  it.each([
    ["active", { schema: undefined, attribute: "active", filter: undefined, sub: undefined }],
    ["name.givenName", { schema: undefined, attribute: "name", filter: undefined, sub: "givenName" }],
    ['emails[type eq "a.b"].value', { schema: undefined, attribute: "emails", filter: 'type eq "a.b"', sub: "value" }],
    [
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
      {
        schema: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        attribute: "manager",
        filter: undefined,
        sub: "value",
      },
    ],
  ])("takes %s apart", (path, parts) => {
    expect(parsePatchPath(path)).toEqual(parts);
  });
});
