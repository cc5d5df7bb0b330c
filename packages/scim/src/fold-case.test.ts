import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldCase } from "./fold-case.ts";

describe("foldCase", () => {
  it("V50: is idempotent for every code point after a letter", () => {
    const broken: string[] = [];
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const folded = foldCase(`A${String.fromCodePoint(point)}`);
      if (foldCase(folded) !== folded) broken.push(point.toString(16));
    }

    expect(broken).toEqual([]);
  });

  it("V50: is idempotent, and blind to case and to normal form", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const folded = foldCase(text);

        expect(foldCase(folded)).toBe(folded);
        expect(foldCase(text.normalize("NFD"))).toBe(foldCase(text.normalize("NFC")));
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(foldCase(text.toUpperCase())).toBe(foldCase(text.toLowerCase()));
      }),
    );
  });

  it.each([
    ["JANE@Example.com", "jane@example.com"],
    ["\u212Aelvin", "kelvin"],
    ["e\u0301", "\u00E9"],
    ["\u039F\u0394\u039F\u03A3", "\u03BF\u03B4\u03BF\u03C3"],
    ["\u1E9E", "\u00DF"],
  ])("V50: folds %j to %j", (text, folded) => {
    expect(foldCase(text)).toBe(folded);
  });

  it.each([
    ["dotless i and i", "\u0131", "i"],
    ["dotted capital I and i", "\u0130", "i"],
    ["sharp s and ss", "stra\u00DFe", "strasse"],
    ["a ligature and its letters", "\uFB01n", "fin"],
    ["Latin a and Cyrillic a", "a", "\u0430"],
  ])("V50: keeps %s apart", (_, left, right) => {
    expect(foldCase(left)).not.toBe(foldCase(right));
  });

  it("folds a prefix like the start of the whole, also at a final sigma", () => {
    expect(foldCase("\u039F\u0394\u039F\u03A3 1").startsWith(foldCase("\u039F\u0394\u039F\u03A3"))).toBe(true);
  });
});
