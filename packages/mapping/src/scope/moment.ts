import { instantOf, type Json } from "@muster/scim";

/** What a value says about a time: a whole day, an exact moment, nothing, or nothing that can be read. */
export type Moment =
  | { kind: "day"; day: Day }
  | { kind: "instant"; ms: number }
  | { kind: "none" }
  | { kind: "unreadable"; message: string };

type Day = { year: number; month: number; day: number };

const DAY_MS = 86_400_000;
const DAY_FORM = /^(\d{4})-(\d\d)-(\d\d)$/;

/**
 * Reads a date such as 2026-01-31, or a date and time in ISO 8601, which without an offset is meant in the time zone. No
 * value, and an empty text, say nothing.
 */
export function readMoment(value: Json, zone: Zone): Moment {
  if (value === null || value === "") return { kind: "none" };
  if (typeof value !== "string") return unreadable(typeof value === "object" ? "a list or an object" : String(value));
  const [, year, month, day] = DAY_FORM.exec(value) ?? [];
  if (year !== undefined && !Number.isNaN(instantOf(`${value}T00:00:00Z`)))
    return { kind: "day", day: { year: Number(year), month: Number(month), day: Number(day) } };
  const ms = instantOf(value);
  if (Number.isNaN(ms)) return unreadable(`"${value.slice(0, 40)}"`);
  // Read as if it were UTC, which is right with an offset and the clock on the wall without.
  return { kind: "instant", ms: /(?:Z|[+-]\d\d:\d\d)$/.test(value) ? ms : zone.atWallClock(ms) };
}

const unreadable = (what: string): Moment => ({
  kind: "unreadable",
  message: `${what} is no date such as 2026-01-31, nor a date and time in ISO 8601`,
});

/** When a day begins that lies some days after a date (before it, if negative); a moment moves by days of 24 hours. */
export function moveMoment(
  moment: { kind: "day"; day: Day } | { kind: "instant"; ms: number },
  days: number,
  zone: Zone,
): number {
  if (moment.kind === "instant") return moment.ms + days * DAY_MS;
  const { year, month, day } = moment.day;
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, day + days);
  return zone.atWallClock(wall.getTime());
}

/** A time zone by its IANA name. */
export type Zone = {
  /** The moment at which clocks there show what UTC shows at `ms`; where they skip it, the moment of the skip. */
  atWallClock(ms: number): number;
};

/** Finds a time zone; undefined where there is none of this name. */
export function findZone(name: string): Zone | undefined {
  try {
    return zoneOf(
      new Intl.DateTimeFormat("en-US", {
        timeZone: name,
        calendar: "iso8601",
        hourCycle: "h23",
        year: "numeric",
        month: "numeric",
        day: "numeric",
        hour: "numeric",
        minute: "numeric",
        second: "numeric",
      }),
    );
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function zoneOf(clock: Intl.DateTimeFormat): Zone {
  const offsetAt = (ms: number): number => {
    const parts = new Map(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
    const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
    const wall = new Date(0);
    wall.setUTCFullYear(part("year"), part("month") - 1, part("day"));
    wall.setUTCHours(part("hour"), part("minute"), part("second"));
    return wall.getTime() - Math.floor(ms / 1000) * 1000;
  };
  return {
    atWallClock(ms) {
      // The offset a day before and a day after: between them lies at most one change.
      const offsets = [offsetAt(ms - DAY_MS), offsetAt(ms + DAY_MS)];
      const candidates = offsets.map((offset) => ms - offset).filter((at) => at + offsetAt(at) === ms);
      // Twice on the clock: the first time. Never: as if the change had not come yet, which is the skip's length later.
      return candidates.length > 0 ? Math.min(...candidates) : ms - (offsets[0] ?? 0);
    },
  };
}
