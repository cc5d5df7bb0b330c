import { describe, expect, it } from "vitest";
import { evaluate } from "../fixtures/ada.ts";

describe("functions of expressions (E2)", () => {
  it.each([
    ['toLower("ÀB")', "àb"],
    ["toUpper(user.name.givenName)", "ADA"],
    ['stripSpaces(" a b ")', "ab"],
    ['normalizeDiacritics("Åse Çelik Müller Łódź Straße")', "Ase Celik Muller Lodz Strasse"],
    ['pCase("hello o\'neil-smith")', "Hello O'Neil-Smith"],
    ['left("abc", 2)', "ab"],
    ['left("abc", 9)', "abc"],
    ['mid("abcdef", 2, 3)', "bcd"],
    ['word("This,string!has&many separators", 3, ",!&#")', "has"],
    ['word("one", 2, " ")', ""],
    ['inStr("repEated", "e", 3)', 7],
    ['inStr("abc", "x")', 0],
    ['append("a", ".test")', "a.test"],
    ['replaceText("a-b-c", "-", "")', "abc"],
    ['replaceText("abc", "", "x")', "abc"],
    ['replacePattern("Ada 42", "[0-9]+", "", "n")', "Ada n"],
    ['replacePattern("ada@x.example", "(?P<Suffix>@(.)*)", "Suffix", "")', "ada"],
    ['replacePattern("abc", "x*", "", "-")', "-a-b-c-"],
    ['removeNonAlphanumeric("a.b é-1")', "abé1"],
    ['convertToBase64("Hello world!")', "SABlAGwAbABvACAAdwBvAHIAbABkACEA"],
    ['convertToUTF8Hex("Hello world!")', "48656C6C6F20776F726C6421"],
    ['join(", ", "a", "", user.nickName, ["b", "c"])', "a, b, c"],
    ['["a", "b"].join("-")', "a-b"],
    ['switch(user.active, null, "True", 1, "False", 2)', 1],
    ['switch("x", "other", "y", 1)', "other"],
    ['switch(user.nickName, "none", null, "empty")', "empty"],
    ['coalesce("", user.nickName, [], "last")', "last"],
    ["coalesce(user.nickName)", null],
    ['isNullOrEmpty("")', true],
    ["isPresent(user.title)", true],
    ["isNull(user.nickName)", true],
    ["isString(1)", false],
    ['cBool("True")', true],
    ["cStr(42)", "42"],
    ["count(user.emails)", 2],
    ['item(["a", "b"], 2)', "b"],
    ['item(["a"], 2)', null],
    ['removeDuplicates(["a", "b", "a"])', ["a", "b"]],
    ["bitAnd(12, 10)", 8],
    ["toLower(user.nickName)", null],
    ["mid(user.nickName, 1, 2)", null],
  ])("%s", (text, value) => {
    expect(evaluate(text)).toEqual({ kind: "value", value });
  });

  it.each([
    ['formatDateTime("20150123105347.1Z", "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")', "2015-01-23"],
    ['formatDateTime("2026-03-09", "", "dddd, d MMMM yyyy")', "Monday, 9 March 2026"],
    ['formatDateTime("3/9/2026 5:07 PM", "M/d/yyyy h:mm tt", "yyyy-MM-ddTHH:mm:ssK")', "2026-03-09T17:07:00Z"],
    ['formatDateTime("09-Mar-26", "dd-MMM-yy", "")', "2026-03-09T00:00:00.000Z"],
    ['formatDateTime("2026-03-09 12:00 +02:00", "yyyy-MM-dd HH:mm zzz", "HH\'h\'")', "10h"],
    ['formatDateTime(user.nickName, "", "")', null],
    ['cDate("2026-03-09T10:00:00+02:00")', "2026-03-09T08:00:00.000Z"],
    ['dateAdd("m", 1, "2026-01-31")', "2026-02-28T00:00:00.000Z"],
    ['dateAdd("yyyy", -1, "2024-02-29")', "2023-02-28T00:00:00.000Z"],
    ['dateAdd("d", 7, now)', "2026-12-04T10:00:00.000Z"],
    ['dateDiff("d", "2026-01-01", "2026-03-01")', 59],
    ['dateDiff("m", "2026-01-31", "2026-03-01")', 2],
    ["dateFromNum(129699324000000000)", "2012-01-01T23:00:00.000Z"],
    ['string(numFromDate("2012-01-01T23:00:00Z"))', "129699324000000000"],
  ])("%s", (text, value) => {
    expect(evaluate(text)).toEqual({ kind: "value", value });
  });

  it.each([
    ['formatDateTime("2026-02-30", "yyyy-MM-dd", "")', "2026-02-30"],
    ['formatDateTime("soon", "", "")', "ISO 8601"],
    ['dateAdd("fortnight", 1, now)', '"fortnight" is no interval'],
    ['dateAdd("yyyy", 999999999, now)', "no such date"],
    ['mid("abc", 0, 1)', "from 1"],
    ["toLower(user.emails)", "not a list"],
    ['left("abc", "x")', "a whole number"],
    ['cBool("perhaps")', '"perhaps"'],
    ['switch(1, 2, "a")', "pairs"],
    ['"x".matches("(")', "missing closing"],
    ["numFromDate(now)", "string(...)"],
  ])("%s fails and says what to mend", (text, why) => {
    expect(evaluate(text)).toMatchObject({ kind: "failed", message: expect.stringContaining(why) });
  });

  it("looks for patterns in a time that grows with the text, whatever the pattern (V47)", () => {
    const text = "a".repeat(1000);
    expect(evaluate(`"${text}!".matches("^(a+)+$")`)).toEqual({ kind: "value", value: false });
    expect(evaluate('"a".matches("((a{1000}){1000}){1000}")').kind).toBe("failed");
    expect(evaluate(`"${text}${text}".matches("a")`)).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("1024"),
    });
    expect(evaluate(`"a".matches("${"a".repeat(201)}")`)).toMatchObject({
      kind: "failed",
      message: expect.stringContaining("200"),
    });
  });
});
