import type { CelFunc, CelValue } from "@bufbuild/cel";
import { instantOf } from "@muster/scim";
import { EvaluationError } from "../expression-problem.ts";
import type { Meter } from "../meter.ts";
import { textOf, valueFunction, wholeOf } from "./arguments.ts";
import { formatDate } from "./date-format.ts";
import { parseDate } from "./parse-date.ts";

const DAY_MS = 86_400_000;
/** Days from the year 1601, in units of 100 ns: how Active Directory counts time. */
const FILETIME_EPOCH_MS = -11_644_473_600_000n;
const FORMAT_CHARACTERS = 100;

/** The functions on dates, which are texts in ISO 8601 and UTC between them. A missing date gives a missing date. */
export function dateFunctions(meter: Meter): CelFunc[] {
  return [
    // An empty input format means ISO 8601.
    valueFunction("formatDateTime", 3, (value, from, to) => {
      const text = textOf(value, "formatDateTime");
      if (text === null || text === "") return null;
      const [inputFormat, outputFormat] = [formatOf(from), formatOf(to)];
      const date = inputFormat === "" ? readDate(text, "formatDateTime") : parseDate(text, inputFormat);
      if (date === undefined)
        throw new EvaluationError(
          `formatDateTime(...): "${text.slice(0, 40)}" is not a date written as ${inputFormat}`,
        );
      const formatted = outputFormat === "" ? date.toISOString() : formatDate(date, outputFormat);
      meter.text(formatted.length);
      return formatted;
    }),
    valueFunction("cDate", 1, (value) => dateOf(value, "cDate")?.toISOString() ?? null),
    valueFunction("dateAdd", 3, (interval, count, value) => {
      const date = dateOf(value, "dateAdd");
      return date === null
        ? null
        : add(date, textOf(interval, "dateAdd") ?? "", wholeOf(count, "dateAdd")).toISOString();
    }),
    valueFunction("dateDiff", 3, (interval, from, to) => {
      const [start, end] = [dateOf(from, "dateDiff"), dateOf(to, "dateDiff")];
      return start === null || end === null ? null : difference(textOf(interval, "dateDiff") ?? "", start, end);
    }),
    valueFunction("numFromDate", 1, (value) => {
      const date = dateOf(value, "numFromDate");
      return date === null ? null : (BigInt(date.getTime()) - FILETIME_EPOCH_MS) * 10_000n;
    }),
    valueFunction("dateFromNum", 1, (value) => {
      const text = textOf(value, "dateFromNum");
      if (text === null || text === "") return null;
      if (!/^\d{1,19}$/.test(text))
        throw new EvaluationError("dateFromNum(...) takes a whole number of 100 ns since 1601");
      return toIso(Number(BigInt(text) / 10_000n + FILETIME_EPOCH_MS), "dateFromNum");
    }),
  ];
}

function formatOf(value: CelValue): string {
  const format = textOf(value, "formatDateTime") ?? "";
  if (format.length > FORMAT_CHARACTERS) throw new EvaluationError("formatDateTime(...): the format is too long");
  return format;
}

function dateOf(value: CelValue, name: string): Date | null {
  const text = textOf(value, name);
  return text === null || text === "" ? null : readDate(text, name);
}

function readDate(text: string, name: string): Date {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const date = isDay ? parseDate(text, "yyyy-MM-dd") : dateFromInstant(text);
  if (date === undefined)
    throw new EvaluationError(`${name}(...): "${text.slice(0, 40)}" is not a date in ISO 8601, such as 2026-01-31`);
  return date;
}

function dateFromInstant(text: string): Date | undefined {
  const instant = instantOf(text);
  return Number.isNaN(instant) ? undefined : new Date(instant);
}

/** The intervals of Entra's DateAdd and DateDiff. */
function add(date: Date, interval: string, count: number): Date {
  const moved = new Date(date);
  const months = MONTHS_OF[interval];
  if (months !== undefined) {
    const day = moved.getUTCDate();
    moved.setUTCDate(1);
    moved.setUTCMonth(moved.getUTCMonth() + months * count);
    // The 31st of a month without one is its last day.
    const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
    moved.setUTCDate(Math.min(day, last));
  } else moved.setTime(moved.getTime() + lengthOf(interval) * count);
  return new Date(toIso(moved.getTime(), "dateAdd"));
}

function difference(interval: string, from: Date, to: Date): bigint {
  const months = MONTHS_OF[interval];
  if (months === undefined) return BigInt(Math.trunc((to.getTime() - from.getTime()) / lengthOf(interval)));
  const passed = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
  return BigInt(Math.trunc(passed / months));
}

const MONTHS_OF: Readonly<Record<string, number>> = { yyyy: 12, q: 3, m: 1 };
const LENGTHS: Readonly<Record<string, number>> = {
  ww: 7 * DAY_MS,
  d: DAY_MS,
  y: DAY_MS,
  w: DAY_MS,
  h: 3_600_000,
  n: 60_000,
  s: 1000,
};

function lengthOf(interval: string): number {
  const length = LENGTHS[interval];
  if (length === undefined)
    throw new EvaluationError(`"${interval.slice(0, 20)}" is no interval: use yyyy, q, m, ww, d, h, n or s`);
  return length;
}

function toIso(ms: number, name: string): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new EvaluationError(`${name}(...): there is no such date`);
  return date.toISOString();
}
