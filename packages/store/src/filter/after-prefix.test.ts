import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { afterPrefix } from "./after-prefix.ts";

const before = (left: string, right: string): boolean => Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0;

describe("afterPrefix", () => {
  it.each([
    ["a", "b"],
    ["ab", "ac"],
    ["a\u{10FFFF}", "b"],
    ["\u{10FFFF}", undefined],
    ["", undefined],
    ["a\uD7FF", "a\uE000"],
    ["a\uFFFF", "a\u{10000}"],
    ["é", "ê"],
  ])("of %j is %j", (prefix, next) => {
    expect(afterPrefix(prefix)).toBe(next);
  });

  it("parts what begins with the prefix from what does not, by code point", () => {
    const unit = fc.constantFrom("a", "b", "\uD7FF", "\uE000", "\u{10000}", "\u{10FFFF}");
    const text = fc.string({ unit, maxLength: 4 });
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const end = afterPrefix(prefix);
        const between = !before(other, prefix) && (end === undefined || before(other, end));

        expect(between).toBe(other.startsWith(prefix));
      }),
    );
  });
});
