import fc from "fast-check";
import { expect, it } from "vitest";
import { contrast, shadesOf, toRgb } from "./shades.ts";

const WHITE = [255, 255, 255] as const;
const DARK_CARD = toRgb("#2e2e2e");
/** What lies behind words of a colour that stand on a tint of it: a tenth of it over the ground. */
const tinted = (hex: string, ground: readonly number[]) => {
  const [r, g, b] = toRgb(hex).map((part, at) => 0.1 * part + 0.9 * (ground[at] ?? 0));
  return [r ?? 0, g ?? 0, b ?? 0] as const;
};

it("A8, WCAG 1.4.3: whatever colour an app owner chooses, white words can be read on it, and words in it on both grounds", () => {
  const hex = fc.integer({ min: 0, max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, "0")}`);
  fc.assert(
    fc.property(hex, (chosen) => {
      const shades = shadesOf(chosen);
      const [light, dark, onDark] = [shades[8], shades[7], shades[3]];
      expect(contrast(toRgb(light), WHITE)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(toRgb(light), tinted(light, WHITE))).toBeGreaterThanOrEqual(4.5);
      expect(contrast(toRgb(dark), WHITE)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(toRgb(onDark), DARK_CARD)).toBeGreaterThanOrEqual(4.5);
    }),
    { examples: [["#ffff00"], ["#000000"], ["#ffffff"], ["#00ff00"], ["#0000ff"], ["#ff0000"]] },
  );
});

it("keeps the hue", () => {
  const [red, green, blue] = toRgb(shadesOf("#e8590c")[8]);

  expect(red).toBeGreaterThan(green);
  expect(green).toBeGreaterThan(blue);
});
