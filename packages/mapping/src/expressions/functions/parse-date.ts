import { DAYS, MONTHS, parseFormat } from "./date-format.ts";

type Fields = { year: number; month: number; day: number; hour: number; minute: number; second: number; ms: number };

/** Takes numbers and names from a text; NaN where there is none, which no date survives. */
class DateReader {
  at = 0;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }

  takes(part: string): boolean {
    if (!this.text.startsWith(part, this.at)) return false;
    this.at += part.length;
    return true;
  }

  digits(least: number, most: number): number {
    const found = /^\d*/.exec(this.text.slice(this.at, this.at + most))?.[0] ?? "";
    this.at += found.length;
    return found.length < least ? Number.NaN : Number(found);
  }

  /** The place of the name that comes next, in whatever case; of its first three letters when it is short. */
  name(names: readonly string[], isShort: boolean): number {
    const forms = isShort ? names.map((name) => name.slice(0, 3)) : names;
    const isNext = (form: string): boolean =>
      this.text.slice(this.at, this.at + form.length).toLowerCase() === form.toLowerCase();
    const place = forms.findIndex(isNext);
    this.at += forms[place]?.length ?? 0;
    return place === -1 ? Number.NaN : place;
  }

  /** Minutes east of UTC, of `Z`, `+1`, `+01` or `+01:00`. */
  offset(): number {
    const sign = this.text.charAt(this.at);
    this.at += 1;
    if (sign === "Z" || sign === "z") return 0;
    if (sign !== "+" && sign !== "-") return Number.NaN;
    const hours = this.digits(1, 2);
    const minutes = this.takes(":") ? this.digits(2, 2) : 0;
    return (sign === "-" ? -1 : 1) * (hours * 60 + minutes);
  }
}

/** Reads a text in a .NET format; undefined where it does not fit or there is no such date. A time without offset is UTC. */
export function parseDate(text: string, format: string): Date | undefined {
  const reader = new DateReader(text);
  const fields: Fields = { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, ms: 0 };
  let isAfternoon: boolean | undefined;
  let offsetMinutes = 0;
  for (const part of parseFormat(format)) {
    if (part.kind === "text") {
      if (!reader.takes(part.text)) return undefined;
    } else if (part.letter === "t") {
      isAfternoon = reader.text.charAt(reader.at).toLowerCase() === "p";
      reader.at += Math.min(part.width, 2);
    } else if (part.letter === "z" || part.letter === "K") {
      // K may be absent, z may not.
      offsetMinutes = part.letter === "K" && reader.at >= text.length ? 0 : reader.offset();
    } else Object.assign(fields, readField(reader, part.letter, part.width));
  }
  if (reader.at !== text.length) return undefined;
  if (isAfternoon !== undefined) fields.hour = (fields.hour % 12) + (isAfternoon ? 12 : 0);
  return dateOf(fields, offsetMinutes);
}

function readField(reader: DateReader, letter: string, width: number): Partial<Fields> {
  const number = (): number => reader.digits(Math.min(width, 2), 2);
  switch (letter) {
    case "y":
      return { year: width <= 2 ? 2000 + reader.digits(2, 2) : reader.digits(width, Math.max(4, width)) };
    case "M":
      return { month: width >= 3 ? reader.name(MONTHS, width === 3) + 1 : number() };
    case "d":
      if (width < 3) return { day: number() };
      // A day's name says nothing that the date does not, but it must be one.
      return Number.isNaN(reader.name(DAYS, width === 3)) ? { day: Number.NaN } : {};
    case "m":
      return { minute: number() };
    case "s":
      return { second: number() };
    case "f":
      return { ms: Math.floor((reader.digits(width, width) / 10 ** width) * 1000) };
    default:
      return { hour: number() };
  }
}

function dateOf(fields: Fields, offsetMinutes: number): Date | undefined {
  const { year, month, day, hour, minute, second, ms } = fields;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, ms);
  // A day or an hour that there is not comes out as another one.
  const isReal =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return isReal && Number.isFinite(offsetMinutes) ? new Date(date.getTime() - offsetMinutes * 60_000) : undefined;
}
