import { type Figure, showBound, verdictOf } from "./figures/figure.ts";

const HEADINGS = ["id", "figure", "ours", "against", "ratio", "gate", "goal", "held"];

/** Lays figures out as a table; what is judged is a ratio only where there is something to compare with. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.id,
    figure.name,
    figure.ours,
    figure.against ?? "",
    figure.against === undefined || figure.judged === undefined ? "" : figure.judged.toFixed(2),
    showBound(figure.gate),
    showBound(figure.goal),
    verdictOf(figure),
  ]);
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(HEADINGS), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
