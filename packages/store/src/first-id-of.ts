/** The smallest id of version 7 that a moment can have (RFC 9562 §5.7): ids grow with time, so a time narrows a range of them. */
export function firstIdOf(at: Date): string {
  const time = Math.max(0, at.getTime()).toString(16).padStart(12, "0").slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** The same by the database's clock, as SQL: the smallest id of as many days ago as a column says. */
export const firstIdOfDaysAgo = (days: string): string =>
  `(lpad(to_hex((extract(epoch from now() - make_interval(days => ${days})) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
