/** No target is believed beyond this: it keeps the sum of now and the wait a valid date. */
const MAX_RETRY_AFTER_MS = 366 * 86_400_000;

const DATE_START = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i;

/**
 * Reads Retry-After (RFC 9110 section 10.2.3): seconds or any of the three HTTP dates, as ms from `nowMs`, 0 when the date has
 * passed; null when it is absent or makes no sense. The caller clamps it to what the lane will bear.
 */
export function parseRetryAfter(header: string | string[] | undefined, nowMs: number): number | null {
  const text = (Array.isArray(header) ? (header[0] ?? "") : (header ?? "")).trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), MAX_RETRY_AFTER_MS);
  if (!DATE_START.test(text)) return null;
  // The asctime form names no zone and means GMT, which Date.parse would take for the machine's own.
  const atMs = Date.parse(/GMT$/i.test(text) ? text : `${text} GMT`);
  if (Number.isNaN(atMs)) return null;
  return Math.min(Math.max(0, atMs - nowMs), MAX_RETRY_AFTER_MS);
}
