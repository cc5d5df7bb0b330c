import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileExpression } from "./compile-expression.ts";
import { ada, evaluate } from "./fixtures/ada.ts";
import { expressionLimits } from "./limits.ts";

describe("compileExpression (E2)", () => {
  it.each([
    ['user.name.givenName + " " + user.name.familyName', "Ada Løvelace"],
    ["user.USERNAME", "ada.lovelace@example.com"],
    ['user["displayName"]', "Ada Lovelace"],
    ["enterprise.department", "Research"],
    ['user.emails.filter(email, email.type == "work")[0].value', "ada@work.example"],
    ["primary(user.emails).value", "ada@work.example"],
    ['ofType(user.emails, "HOME").value', "ada@home.example"],
    ["user.emails.map(email, email.value)", ["ada@home.example", "ada@work.example"]],
    ['"Staff" in groups ? roles : ["guest"]', ["admin", "viewer"]],
    ['{"value": user.title, "primary": true}', { value: "Analyst, Engines", primary: true }],
    ["size(user.emails) + 1", 3],
    ['timestamp(now) < timestamp("2027-01-01T00:00:00Z")', true],
    ['user.userName.matches("^[a-z.]+@")', true],
    ['strings.quote("x")', '"x"'],
  ])("%s", (text, value) => {
    expect(evaluate(text)).toEqual({ kind: "value", value });
  });

  it.each([
    "user.nickName",
    "user.name.middleName",
    "user.photos",
    'ofType(user.emails, "other").value',
    "enterprise.manager",
  ])("%s of somebody without it is no error", (text) => {
    const evaluated = evaluate(text);
    expect(evaluated.kind === "value" && (evaluated.value === null || Array.isArray(evaluated.value))).toBe(true);
  });

  it("tells what is there from what is not", () => {
    expect(evaluate("has(user.nickName)")).toEqual({ kind: "value", value: false });
    expect(evaluate("has(user.title)")).toEqual({ kind: "value", value: true });
  });

  it("says what to do about a missing value", () => {
    expect(evaluate('user.nickName + "!"')).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("coalesce("),
    });
  });

  it.each([
    ["", "is empty"],
    ["user.", "line 1, column 5"],
    ["nobody.userName", 'names "nobody"'],
    ["process.env", 'names "process"'],
    ["shout(user.title)", "calls shout(...)"],
    ["user.title.shout()", "calls shout(...)"],
    ["user.emails.map(email, mail.value)", 'names "mail"'],
    ["google.protobuf.Struct{}", 'makes a "google.protobuf.Struct"'],
    ['coalesce(selectUniqueValue("a"), "b")', "calls selectUniqueValue(...)"],
  ])("refuses %j, and says why", (text, why) => {
    expect(compileExpression(text)).toMatchObject({ kind: "problem", message: expect.stringContaining(why) });
  });

  it("gives candidates to choose from, each once, without the empty", () => {
    expect(evaluate('selectUniqueValue(user.nickName, user.title, "b", user.title)')).toEqual({
      kind: "candidates",
      values: ["Analyst, Engines", "b"],
    });
  });

  it("gives the same for the same person, whoever came between", () => {
    const compiled = compileExpression('user.emails.map(email, email.value + "x")');
    if (compiled.kind === "problem") throw new Error(compiled.message);
    const input = { user: ada, groups: [], roles: [], now: "2026-11-27T10:00:00Z" };
    const first = compiled.evaluate(input);
    for (let turn = 0; turn < 1000; turn += 1) compiled.evaluate({ ...input, user: { ...ada, emails: [] } });
    expect(compiled.evaluate(input)).toEqual(first);
  });
});

const list = (elements: number): string => `[${Array.from({ length: elements }, (_, at) => at).join(",")}]`;
const repeated = (text: string, more: string, times: number): string => text + more.repeat(times);

describe("what an expression may cost (V86)", () => {
  it.each([
    ["loops in loops", `${list(100)}.exists(a, ${list(100)}.exists(b, ${list(100)}.exists(c, a + b + c < 0)))`],
    [
      "a loop whose error is swallowed",
      `${list(100)}.all(a, ${list(100)}.all(b, ${list(100)}.all(c, a >= 0))) || true`,
    ],
    ["loops without a call in them", `${list(100)}.all(a, ${list(100)}.all(b, ${list(100)}.all(c, true)))`],
    ["a text that doubles", repeated('["aaaaaaaa"]', ".map(x, x + x)", 60)],
    ["a text that is replaced by more", repeated(`"${"a".repeat(50)}"`, `.replace("a", "${"a".repeat(50)}")`, 3)],
    [
      "a text joined of many",
      `join("", ${Array<string>(20)
        .fill(`"${"a".repeat(150)}".replace("a", "aa")`)
        .join(", ")})`,
    ],
    ["lists within lists", repeated("[1]", ".map(x, [x, x])", 24)],
    [
      "lists within lists, compared",
      `${repeated("[1]", ".map(x, [x, x])", 16)} == ${repeated("[1]", ".map(x, [x, x])", 16)}`,
    ],
    ["a list that doubles", repeated("[[1, 2]]", ".map(x, x + x)", 40)],
    ["a text split into letters", `"${"a".repeat(1500)}".split("")`],
    ["patterns made while it runs", `${list(100)}.all(a, "x".matches("x{" + string(a) + "}|"))`],
  ])("ends %s", (_, text) => {
    expect(evaluate(text).kind).toBe("failed");
  });

  it.each([
    ["letters", `"${"a".repeat(expressionLimits.characters)}"`],
    ["brackets", "(".repeat(2000) + ")".repeat(1999)],
    ["levels", repeated("1", " + 1", 150)],
    ["parts", `[${Array<string>(1001).fill("1").join(",")}]`],
  ])("refuses too many %s before it evaluates anything", (_, text) => {
    expect(compileExpression(text).kind).toBe("problem");
  });

  it("takes a list as long as SCIM's usual ones, several times", () => {
    expect(evaluate(`${list(200)}.filter(x, x % 2 == 0).map(x, x * 2).exists(x, x == 396)`)).toEqual({
      kind: "value",
      value: true,
    });
  });

  it("has an answer to every text", () => {
    const token = fc.constantFrom(
      ...'user enterprise roles . name userName emails ( ) [ ] { } , : ? + - == && || ! 1 1.5 "a" null true size map filter x in switch coalesce join now has @ \\ \''.split(
        " ",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token, { maxLength: 25 }).map((tokens) => tokens.join(" ")),
          fc.string({ unit: "binary" }),
        ),
        (text) => {
          const compiled = compileExpression(text);
          if (compiled.kind === "expression")
            compiled.evaluate({ user: ada, groups: [], roles: [], now: "2026-11-27T10:00:00Z" });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("reaches nothing but its input: names of objects are no way out", () => {
    for (const text of [
      "user.constructor",
      "user.__proto__",
      'user["toString"]',
      "roles.length",
      "user.emails.constructor",
    ])
      expect(["failed", "value"]).toContain(evaluate(text).kind);
    expect(evaluate("user.constructor")).toEqual({ kind: "value", value: null });
    expect(evaluate('{"__proto__": 1}').kind).toBe("failed");
  });
});
