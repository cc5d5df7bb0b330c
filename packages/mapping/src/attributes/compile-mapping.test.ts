import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExpressionInput } from "../expressions/compile-expression.ts";
import { ada } from "../expressions/fixtures/ada.ts";
import { type CompiledMapping, compileMapping, type MappingRow } from "./compile-mapping.ts";

const row = (target: string, expression: string, more: Partial<MappingRow> = {}): MappingRow => ({
  target,
  expression,
  defaultValue: null,
  isRequired: false,
  isOnCreateOnly: false,
  doNotClear: false,
  ...more,
});

function mappingOf(...rows: MappingRow[]): CompiledMapping {
  const compiled = compileMapping(rows);
  if (compiled.kind === "refused") throw new Error(JSON.stringify(compiled.problems));
  return compiled;
}

const input: ExpressionInput = { user: ada, groups: ["Staff"], roles: ["admin"], now: "2026-11-27T10:00:00Z" };
const nameless: ExpressionInput = { ...input, user: { id: "7", userName: "x", active: true } };

describe("compileMapping (E1)", () => {
  it("SE17-SE20 maps Entra's usual rows", () => {
    const mapping = mappingOf(
      row("userName", 'user.userName.split("@")[0]'),
      row("name.givenName", "user.name.givenName"),
      row("name.familyName", "user.name.familyName"),
      row('emails[type eq "work"].value', "primary(user.emails).value"),
      row('emails[type eq "work"].primary', "true"),
      row("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "enterprise.department"),
    );
    expect(mapping.map(input, undefined)).toMatchObject({
      problems: [],
      payload: {
        schemas: [
          "urn:ietf:params:scim:schemas:core:2.0:User",
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ],
        userName: "ada.lovelace",
        name: { givenName: "Ada", familyName: "Løvelace" },
        emails: [{ type: "work", value: "ada@work.example", primary: true }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Research" },
      },
    });
  });

  it("SE22 makes truth values of the texts that Entra's switch gives", () => {
    const mapping = mappingOf(row("active", 'switch(user.active, null, "True", "True", "False", "False")'));
    expect(mapping.map(input, undefined).payload).toMatchObject({ active: true });
  });

  it("gives the default where there is no value, and tells so", () => {
    const mapping = mappingOf(row("title", "user.title", { defaultValue: "Colleague" }));
    expect(mapping.map(nameless, undefined).derivations).toEqual([
      { target: "title", from: "default", value: "Colleague" },
    ]);
    expect(mapping.map(input, undefined).derivations).toEqual([
      { target: "title", from: "expression", value: "Analyst, Engines" },
    ]);
  });

  it("E5 leaves a value that went away out, so that it is cleared in the app, unless the row says otherwise", () => {
    const applied = { title: "Old", nickName: "Old" };
    const mapping = mappingOf(row("title", "user.title"), row("nickName", "user.nickName", { doNotClear: true }));
    const { payload } = mapping.map(nameless, applied);
    expect(payload).not.toHaveProperty("title");
    expect(payload).toHaveProperty("nickName", "Old");
  });

  it("sends a row on create only and afterwards whatever the app was given then", () => {
    const mapping = mappingOf(row("nickName", "user.name.givenName", { isOnCreateOnly: true }));
    expect(mapping.map(input, undefined).payload).toHaveProperty("nickName", "Ada");
    expect(mapping.map(input, { nickName: "Countess" }).payload).toHaveProperty("nickName", "Countess");
    expect(mapping.map(input, {}).payload).not.toHaveProperty("nickName");
  });

  it("names the place and the fix where a required value is missing or an expression fails", () => {
    const mapping = mappingOf(
      row("title", "user.title", { isRequired: true }),
      row("nickName", 'user.nickName + "!"', { isRequired: true }),
    );
    expect(mapping.map(nameless, undefined).problems).toEqual([
      { target: "title", message: expect.stringContaining("required") },
      { target: "nickName", message: expect.stringContaining("coalesce") },
    ]);
  });

  it("keeps the choice of a unique value once it is made", () => {
    const mapping = mappingOf(row("userName", 'selectUniqueValue("ada", "ada2", "ada3")'));
    expect(mapping.map(input, undefined)).toMatchObject({
      payload: { userName: "ada" },
      candidates: [{ target: "userName", values: ["ada", "ada2", "ada3"] }],
    });
    expect(mapping.map(input, { userName: "ada2" })).toMatchObject({ payload: { userName: "ada2" }, candidates: [] });
  });

  it("tells everything that is wrong with a mapping at once", () => {
    const compiled = compileMapping([row("a b", "user.title"), row("title", "user."), row("Title", "user.title")]);
    expect(compiled).toMatchObject({
      kind: "refused",
      problems: [
        { row: 0, message: expect.stringContaining("no place in a user") },
        { row: 1, message: expect.stringContaining("line 1") },
        { row: 2, message: expect.stringContaining("earlier row") },
      ],
    });
    expect(compileMapping(Array.from({ length: 101 }, (_, at) => row(`a${at}`, "1"))).kind).toBe("refused");
  });

  it("changes nothing when its own result is what the app has (I16)", () => {
    const rows = fc.uniqueArray(
      fc.record({
        target: fc.constantFrom("title", "nickName", "name.givenName", 'emails[type eq "work"].value', "userName"),
        expression: fc.constantFrom(
          "user.title",
          "user.nickName",
          "user.userName",
          'selectUniqueValue("a", "b")',
          "null",
        ),
        defaultValue: fc.constantFrom(null, "x"),
        isRequired: fc.boolean(),
        isOnCreateOnly: fc.boolean(),
        doNotClear: fc.boolean(),
      }),
      { selector: ({ target }) => target },
    );
    fc.assert(
      fc.property(rows, fc.constantFrom(input, nameless), (table, person) => {
        const mapping = mappingOf(...table);
        const { payload } = mapping.map(person, undefined);
        expect(mapping.map(person, payload).payload).toEqual(payload);
      }),
    );
  });
});
