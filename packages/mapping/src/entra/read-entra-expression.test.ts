import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression } from "../expressions/compile-expression.ts";
import { ada, evaluate } from "../expressions/fixtures/ada.ts";
import { readEntraExpression } from "./read-entra-expression.ts";

function celOf(text: string): string {
  const read = readEntraExpression(text);
  if (read.kind === "problem") throw new Error(read.message);
  return read.text;
}

const SOFT_DELETED = 'Switch([IsSoftDeleted], , "False", "True", "True", "False")';

describe("readEntraExpression (SE28)", () => {
  it("SE22 pastes the switch on IsSoftDeleted", () => {
    expect(celOf(SOFT_DELETED)).toBe('switch(user.active == false, null, "False", "True", "True", "False")');
    expect(evaluate(celOf(SOFT_DELETED))).toEqual({ kind: "value", value: "True" });
    const leaver = { ...ada, active: false };
    expect(evaluate(celOf(SOFT_DELETED), { user: leaver })).toEqual({ kind: "value", value: "False" });
  });

  it.each([
    ['Append([displayName], ".test")', "Ada Lovelace.test"],
    ["Append(Left([givenName], 3), Left([surname], 5))", "AdaLøvel"],
    ["Coalesce([mail], [userPrincipalName])", "ada@work.example"],
    ['Join(".", [givenName], [surname])', "Ada.Løvelace"],
    ["NormalizeDiacritics([surname])", "Lovelace"],
    ['Replace([mail], "@work.example", , , "", , )', "ada"],
    ['Replace([mail], , "(?<Suffix>@(.)*)", "Suffix", "", , )', "ada"],
    ['Split([jobTitle], ",")', ["Analyst", " Engines"]],
    ['Switch([state], "Australia/Perth", "NSW", "Australia/Sydney", "QLD", "Australia/Brisbane")', "Australia/Sydney"],
    [
      'ToLower(Join("@", NormalizeDiacritics(StripSpaces(Join(".", [givenName], [surname]))), "contoso.com"))',
      "ada.lovelace@contoso.com",
    ],
    ['IIF([country]="USA", [country], [department])', "Research"],
    ['IIF(IsPresent([mobile]), "has one", "has none")', "has one"],
    ['FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")', "2015-01-23"],
    ["Mid([userPrincipalName], 1, 3)", "ada"],
    ["[mailNickname]", "ada.lovelace"],
    ['Word("The quick brown fox", 3, " ")', "brown"],
    ['InStr("The quick brown fox", "quick")', 5],
    ["Not(IsNullOrEmpty([department]))", true],
    ['DateAdd("yyyy", 1, CDate("2017-06-01"))', "2018-06-01T00:00:00.000Z"],
    ["DateFromNum(129699324000000000)", "2012-01-01T23:00:00.000Z"],
    ["Count([proxyAddresses])", 2],
    ["Item(RemoveDuplicates([proxyAddresses]), 1)", "ada@home.example"],
    ["SingleAppRoleAssignment([appRoleAssignments])", "admin"],
    [
      "AppRoleAssignmentsComplex([appRoleAssignments])",
      [
        { value: "admin", primary: true },
        { value: "viewer", primary: false },
      ],
    ],
    ['Append("say ", "\\"hi\\" \\\\ \\d")', 'say "hi" \\ \\d'],
  ])("%s", (text, value) => {
    expect(evaluate(celOf(text))).toEqual({ kind: "value", value });
  });

  it("gives the candidates of SelectUniqueValue", () => {
    const text = 'SelectUniqueValue(Join("@", [givenName], "x.example"), Join("@", [surname], "x.example"))';
    expect(evaluate(celOf(text))).toEqual({ kind: "candidates", values: ["Ada@x.example", "Løvelace@x.example"] });
  });

  it("turns IgnoreFlowIfNullOrEmpty into a setting of the mapping", () => {
    expect(readEntraExpression("IgnoreFlowIfNullOrEmpty([mobile])")).toEqual({
      kind: "read",
      text: 'ofType(user.phoneNumbers, "mobile").value',
      doNotClear: true,
    });
  });

  it.each([
    ["Guid()", "the same value"],
    ["Encrypt([mail])", "There is no function Encrypt(...)"],
    ["[extensionAttribute7]", "[extensionAttribute7] is no attribute"],
    ["[__proto__]", "is no attribute"],
    ["constructor()", "There is no function constructor(...)"],
    ['Join("." [givenName])', "Character 10"],
    ['Join(".", "open', "closing quotation mark"],
    ["Left([mail]", 'a "," or a ")"'],
    ["[mail", '"]" is missing'],
    ["", "missing at the end"],
    ["[mail] [mail]", "is left over"],
    ["mail", "neither a text"],
    ["Not(".repeat(40), "levels deep"],
    ["a".repeat(5000), "more than 4000"],
  ])("refuses %s, and says why", (text, why) => {
    expect(readEntraExpression(text)).toMatchObject({ kind: "problem", message: expect.stringContaining(why) });
  });

  it("reads whatever it takes into an expression that can be used", () => {
    const leaf = fc.oneof(
      fc.constantFrom("[mail]", "[surname]", "[IsSoftDeleted]", "1", "True"),
      fc.string({ maxLength: 8 }).map((text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`),
    );
    const { node } = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaf,
        fc
          .tuple(
            fc.constantFrom("Join", "Coalesce", "ToLower", "IIF", "Switch", "Append"),
            fc.array(tie("node"), { minLength: 3, maxLength: 3 }),
          )
          .map(([name, args]) => `${name}(${args.join(", ")})`),
      ),
    }));
    fc.assert(
      fc.property(node, (text) => {
        const compiled = compileExpression(celOf(text));
        // Functions with fewer arguments than were written are refused by name, not by a broken text.
        expect(compiled.kind === "expression" || compiled.message).not.toContain("cannot be read");
      }),
    );
  });
});
