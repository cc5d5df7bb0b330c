import type { MantineColorsTuple } from "@mantine/core";

type Rgb = readonly [number, number, number];

const WHITE: Rgb = [255, 255, 255];
/** The lightest ground of the dark colours that words of this colour stand on: a card under the pointer. */
const DARK_GROUND: Rgb = [60, 60, 60];

/**
 * What each shade must be told from, and how clearly (WCAG 1.4.3 wants 4.5 for text): the dark ones carry white words and are
 * words on white, with some to spare for a tinted ground; the light ones are words on the dark ground.
 */
const NEEDS: readonly { from: Rgb; ratio: number; towards: 0 | 1; lightness: number }[] = [
  { from: DARK_GROUND, ratio: 9, towards: 1, lightness: 0.96 },
  { from: DARK_GROUND, ratio: 8, towards: 1, lightness: 0.92 },
  { from: DARK_GROUND, ratio: 6.5, towards: 1, lightness: 0.84 },
  { from: DARK_GROUND, ratio: 5, towards: 1, lightness: 0.74 },
  { from: DARK_GROUND, ratio: 4.6, towards: 1, lightness: 0.66 },
  { from: WHITE, ratio: 3.1, towards: 0, lightness: 0.58 },
  { from: WHITE, ratio: 4, towards: 0, lightness: 0.5 },
  { from: WHITE, ratio: 4.8, towards: 0, lightness: 0.44 },
  { from: WHITE, ratio: 5.8, towards: 0, lightness: 0.38 },
  { from: WHITE, ratio: 7.5, towards: 0, lightness: 0.3 },
];

/**
 * Ten shades of a colour, as the portal's theme takes them, of which each can be read where it is used, in light and in dark colours:
 * an app owner may choose any colour. `hex` is #rrggbb.
 */
export function shadesOf(hex: string): MantineColorsTuple {
  const [hue, saturation] = toHsl(toRgb(hex));
  const shades = NEEDS.map(({ from, ratio, towards, lightness }) => {
    const step = towards === 1 ? 0.01 : -0.01;
    let at = lightness;
    while (at > 0 && at < 1 && contrast(fromHsl(hue, saturation, at), from) < ratio) at += step;
    return toHex(fromHsl(hue, saturation, Math.min(1, Math.max(0, at))));
  });
  return shades as unknown as MantineColorsTuple;
}

/** How clearly two colours are told apart, 1 to 21 (WCAG 2.2, contrast ratio). */
export function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(rgb: Rgb): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The parts of #rrggbb. */
export function toRgb(hex: string): Rgb {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

const toHex = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

function toHsl([r, g, b]: Rgb): [hue: number, saturation: number] {
  const [red, green, blue] = [r / 255, g / 255, b / 255];
  const [max, min] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const [spread, lightness] = [max - min, (max + min) / 2];
  if (spread === 0) return [0, 0];
  const saturation = spread / (1 - Math.abs(2 * lightness - 1));
  const turn =
    max === red ? (green - blue) / spread : max === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  return [(turn * 60 + 360) % 360, Math.min(1, saturation)];
}

function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const spread = saturation * Math.min(lightness, 1 - lightness);
  const part = (n: number): number => {
    const at = (n + hue / 30) % 12;
    return 255 * (lightness - spread * Math.max(-1, Math.min(at - 3, 9 - at, 1)));
  };
  return [part(0), part(8), part(4)];
}
