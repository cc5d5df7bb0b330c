/**
 * Date formats as .NET writes them, which is what people paste: years to milliseconds, 12 and 24 hours, offsets, English
 * names, 'quoted' and \escaped text. Read by hand, letter by letter: a tenant's format never becomes a pattern (V47).
 */
export type DatePart = { kind: "field"; letter: string; width: number } | { kind: "text"; text: string };

export const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
export const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const FIELDS = "yMdHhmsftzK";

/** Takes a format apart: its fields, and the text between them. */
export function parseFormat(format: string): DatePart[] {
  const parts: DatePart[] = [];
  for (let at = 0; at < format.length; ) {
    const letter = format.charAt(at);
    let end = at + 1;
    if (letter === "'" || letter === '"') {
      const close = format.indexOf(letter, end);
      end = close === -1 ? format.length : close;
      parts.push({ kind: "text", text: format.slice(at + 1, end) });
      end += 1;
    } else if (letter === "\\") {
      parts.push({ kind: "text", text: format.charAt(end) });
      end += 1;
    } else if (FIELDS.includes(letter)) {
      while (format.charAt(end) === letter) end += 1;
      parts.push({ kind: "field", letter, width: end - at });
    } else parts.push({ kind: "text", text: letter });
    at = end;
  }
  return parts;
}

/** Writes an instant, in UTC, in a .NET format. */
export function formatDate(date: Date, format: string): string {
  return parseFormat(format)
    .map((part) => (part.kind === "text" ? part.text : formatField(date, part.letter, part.width)))
    .join("");
}

function formatField(date: Date, letter: string, width: number): string {
  const padded = (number: number): string => String(number).padStart(Math.min(width, 2), "0");
  switch (letter) {
    case "y":
      return width <= 2 ? padded(date.getUTCFullYear() % 100) : String(date.getUTCFullYear()).padStart(width, "0");
    case "M": {
      const name = MONTHS[date.getUTCMonth()] ?? "";
      if (width >= 3) return width === 3 ? name.slice(0, 3) : name;
      return padded(date.getUTCMonth() + 1);
    }
    case "d": {
      const name = DAYS[date.getUTCDay()] ?? "";
      if (width >= 3) return width === 3 ? name.slice(0, 3) : name;
      return padded(date.getUTCDate());
    }
    case "H":
      return padded(date.getUTCHours());
    case "h":
      return padded(date.getUTCHours() % 12 || 12);
    case "m":
      return padded(date.getUTCMinutes());
    case "s":
      return padded(date.getUTCSeconds());
    case "f":
      return String(date.getUTCMilliseconds()).padStart(3, "0").padEnd(width, "0").slice(0, width);
    case "t":
      return (date.getUTCHours() < 12 ? "AM" : "PM").slice(0, width);
    default:
      return letter === "K" ? "Z" : "+00:00".slice(0, width >= 3 ? 6 : 3);
  }
}
