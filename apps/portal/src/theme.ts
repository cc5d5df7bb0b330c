import { createTheme, type MantineColorsTuple, type MantineThemeOverride, mergeThemeOverrides } from "@mantine/core";
import { shadesOf } from "./shell/shades.ts";

/** The product's blue, dark enough at 8 for white text and light enough at 4 on dark ground (WCAG 1.4.3). */
const blue: MantineColorsTuple = [
  "#edf4fa",
  "#d9e6f2",
  "#b3cce4",
  "#8ab1d6",
  "#6a9bcb",
  "#4f86bb",
  "#3f77ad",
  "#336a9e",
  "#2b5c8a",
  "#224c74",
];

/** Darker than the library's own at 7 and 8, where white text and words stand on them or in them. */
const red: MantineColorsTuple = [
  "#fdeeee",
  "#f8d7d7",
  "#f2b3b3",
  "#ea8d8d",
  "#e26c6c",
  "#d94f4f",
  "#cf3d3d",
  "#c02c2c",
  "#b02020",
  "#8f1616",
];
const orange: MantineColorsTuple = [
  "#fdf1e9",
  "#fbe0cc",
  "#f6c29b",
  "#f0a167",
  "#e9833b",
  "#d96a1c",
  "#c25610",
  "#b34700",
  "#a33a00",
  "#842f00",
];

/** The look of the portal. */
const theme = createTheme({
  colors: { blue, orange, red },
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  components: {
    // A link is known by more than its colour (WCAG 1.4.1).
    Anchor: { defaultProps: { underline: "always", inherit: true } },
  },
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.6rem" }, h2: { fontSize: "1.15rem" }, h3: { fontSize: "1rem" } },
  },
});

/** The look of the portal in another colour than ours. */
export function themeIn(colour: string | null): MantineThemeOverride {
  return colour === null ? theme : mergeThemeOverrides(theme, createTheme({ colors: { blue: shadesOf(colour) } }));
}
