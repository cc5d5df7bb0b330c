import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "./redact-text.ts";

describe("createRedactor", () => {
  it.each([
    ["plain", 'tok/en+with=odd"chars&<x>', 'tok/en+with=odd"chars&<x>'],
    ["JSON", 'tok/en"with\\quotes', JSON.stringify('tok/en"with\\quotes').slice(1, -1)],
    ["PHP's JSON", "abc/def/ghi/jkl/mno", "abc\\/def\\/ghi\\/jkl\\/mno"],
    ["URL", "tok/en+with=odd chars", encodeURIComponent("tok/en+with=odd chars")],
    ["in a form", "pass word!(more)", "pass+word%21%28more%29"],
    ["HTML", "tok<en>&\"quote'd", "tok&lt;en&gt;&amp;&quot;quote&#39;d"],
    ["base64", "hunter2hunter2", btoa("hunter2hunter2")],
    ["cut short", "0123456789abcdefghijklmnop", "0123456789abcdefgh"],
    ["short", "pw1", "pw1"],
  ])("V71: takes out a secret that is echoed %s", (_way, secret, echo) => {
    const redact = createRedactor([secret]);

    expect(redact(`before ${echo} after ${echo}`)).toBe("before [redacted] after [redacted]");
  });

  it("V71: takes out what only this call knows", () => {
    expect(createRedactor(["token"])("token and pa55word", ["pa55word"])).toBe("[redacted] and [redacted]");
  });

  it("keeps to its length, also after escaping, and never cuts a secret in half", () => {
    const redact = createRedactor(["s3cr3t-s3cr3t-s3cr3t"], 50);

    expect(redact(`${"x".repeat(45)}s3cr3t-s3cr3t-s3cr3t`)).toBe(`${"x".repeat(45)}[red…`);
    expect(redact("\u0000".repeat(5 * 1024 * 1024))).toHaveLength(50);
  });

  it("escapes what could turn a terminal or a page around, and makes one line of many", () => {
    expect(createRedactor([])("a\u001b[2Jb\r\n\t c\u202ed\u200be\u2028f\ufeffg\ud800h")).toBe(
      "a\\u{1b}[2Jb c\\u{202e}d\\u{200b}e\\u{2028}f\\u{feff}g\\u{d800}h",
    );
  });

  it("leaves no secret in any text", () => {
    const text = fc.string();
    fc.assert(
      fc.property(
        fc.string({ minLength: 13 }).filter((secret) => !/[\s[\]]/.test(secret) && !"[redacted]".includes(secret)),
        text,
        text,
        (secret, a, b) => {
          expect(createRedactor([secret], 10_000)(`${a} ${secret} ${b}`)).not.toContain(secret);
        },
      ),
    );
  });
});
