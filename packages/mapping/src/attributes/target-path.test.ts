import type { Attributes } from "@muster/scim";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTargetPath, readTarget, type TargetPath, writeTarget } from "./target-path.ts";

function pathOf(text: string): TargetPath {
  const path = parseTargetPath(text);
  if (path.kind === "problem") throw new Error(path.message);
  return path;
}

const URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("places in an app's user (E4)", () => {
  it("writes each kind of place, and reads it back", () => {
    const user: Attributes = {};
    const values: Record<string, string> = {
      title: "Dr",
      "name.givenName": "Ada",
      "name.familyName": "Lovelace",
      'emails[type eq "work"].value': "w@x.example",
      'emails[type eq "home"].value': "h@x.example",
      'emails[type eq "work"].display': "Work",
      [`${URN}:department`]: "Research",
      [`${URN}:manager.value`]: "7",
    };
    for (const [text, value] of Object.entries(values)) writeTarget(user, pathOf(text), value);
    expect(user).toEqual({
      title: "Dr",
      name: { givenName: "Ada", familyName: "Lovelace" },
      emails: [
        { type: "work", value: "w@x.example", display: "Work" },
        { type: "home", value: "h@x.example" },
      ],
      [URN]: { department: "Research", manager: { value: "7" } },
    });
    for (const [text, value] of Object.entries(values)) expect(readTarget(user, pathOf(text))).toBe(value);
    expect(readTarget(user, pathOf('emails[type eq "other"].value'))).toBeUndefined();
  });

  it("SB22 finds the primary one of several", () => {
    const user: Attributes = { emails: [{ value: "h@x.example" }, { value: "w@x.example", primary: true }] };
    expect(readTarget(user, pathOf("emails[primary eq true].value"))).toBe("w@x.example");
    writeTarget(user, pathOf("emails[primary eq true].value"), "new@x.example");
    expect(user).toEqual({ emails: [{ value: "h@x.example" }, { value: "new@x.example", primary: true }] });
  });

  it("puts a whole element together with what told it apart", () => {
    const user: Attributes = {};
    writeTarget(user, pathOf('emails[type eq "work"]'), { value: "w@x.example", primary: true });
    expect(user).toEqual({ emails: [{ type: "work", value: "w@x.example", primary: true }] });
  });

  it.each([
    "",
    "a b",
    "name.given.Name",
    'emails[type eq "a]',
    'emails[type co "x"].value',
    "__proto__.x",
    "constructor",
    "name.__proto__",
    "toString",
    "a".repeat(300),
  ])("V40 refuses %j", (text) => {
    expect(parseTargetPath(text).kind).toBe("problem");
  });

  it("never touches what every object inherits, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => {
        const path = parseTargetPath(text);
        if (path.kind === "path") writeTarget({}, path, { polluted: true });
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      }),
    );
  });
});
