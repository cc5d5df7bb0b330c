/** A column of a table that is written to a file: its head, and how its value is read from an item. */
export type Column<Item> = readonly [head: string, read: (item: Item) => unknown];

/** Writes items as CSV (RFC 4180) that a spreadsheet reads as text, whatever an identity provider put into a name (V84). */
export function toCsv<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  const lines = [columns.map(([head]) => head), ...items.map((item) => columns.map(([, read]) => read(item)))];
  return lines.map((cells) => `${cells.map(toCell).join(",")}\r\n`).join("");
}

// What a spreadsheet takes for the beginning of a formula, in the wide forms of East Asia too, also after blanks that it skips.
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

function toCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const harmless = typeof value !== "number" && FORMULA.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
