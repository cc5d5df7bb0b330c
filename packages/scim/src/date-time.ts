const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|[+-](\d\d):(\d\d))?$/;

/**
 * Tells whether a text is an xsd:dateTime (RFC 7643 §2.3.5) that exists: the day is in the month, the year is not 0000,
 * the offset at most 14 hours. Whatever passes can be cast by Postgres to timestamptz. Without an offset it is UTC.
 */
export function isDateTime(text: string): boolean {
  const parts = form.exec(text);
  if (parts === null) return false;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return (
    isWithin(year, 1, 9_999) &&
    isWithin(month, 1, 12) &&
    isWithin(day, 1, daysIn(year ?? 0, month ?? 0)) &&
    isWithin(hour, 0, 23) &&
    isWithin(minute, 0, 59) &&
    isWithin(second, 0, 59) &&
    isWithin(offsetMinute, 0, 59) &&
    isWithin((offsetHour ?? 0) * 60 + (offsetMinute ?? 0), 0, 14 * 60)
  );
}

/** The moment of a text that is a date and time, in milliseconds; NaN for another. */
export function instantOf(text: string): number {
  if (!isDateTime(text)) return Number.NaN;
  return Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
