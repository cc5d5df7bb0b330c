import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isSecret, reveal, secret } from "./secret.ts";

describe("secret", () => {
  const value = "correct-horse-battery";
  const wrapped = secret(value);

  it("V23: prints a placeholder in every accidental way of printing", () => {
    const printed = [
      String(wrapped),
      `${wrapped}`,
      JSON.stringify({ wrapped }),
      inspect({ deep: { wrapped } }, { depth: 9 }),
      inspect(wrapped, { showHidden: true, customInspect: false, getters: true }),
      JSON.stringify({ ...wrapped }),
      JSON.stringify(Object.getOwnPropertyDescriptors(wrapped)),
    ];

    expect(printed.join("\n")).not.toContain(value);
    expect(String(wrapped)).toBe("[secret]");
    expect(JSON.stringify({ wrapped })).toBe('{"wrapped":"[secret]"}');
  });

  it("gives the value back on request only", () => {
    expect(reveal(wrapped)).toBe(value);
    expect(isSecret(wrapped)).toBe(true);
    expect([isSecret({}), isSecret(null), isSecret(value), isSecret({ ...wrapped })]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it("cannot be cloned along with its value", () => {
    expect(() => structuredClone(wrapped)).toThrow();
  });
});
