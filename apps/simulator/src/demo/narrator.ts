/** Prints the story: numbered steps, lines below them, a table. */
export type Narrator = {
  step(title: string): void;
  line(text: string, tookMs?: number): void;
  table(header: readonly string[], rows: readonly (readonly string[])[]): void;
  say(text: string): void;
};

/** Makes a narrator that hands finished lines to `print`. */
export function createNarrator(print: (line: string) => void): Narrator {
  let steps = 0;
  return {
    step(title) {
      steps += 1;
      print("");
      print(`${String(steps).padStart(2)}. ${title}`);
    },
    line: (text, tookMs) => print(tookMs === undefined ? `    ${text}` : `    ${text} (${formatMs(tookMs)})`),
    table(header, rows) {
      const widths = header.map((title, column) =>
        Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
      );
      const format = (cells: readonly string[]): string =>
        `    ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
      print(format(header));
      print(format(widths.map((width) => "-".repeat(width))));
      for (const row of rows) print(format(row));
    },
    say: print,
  };
}

function formatMs(ms: number): string {
  return `${Math.round(ms).toLocaleString("en-US")} ms`;
}
