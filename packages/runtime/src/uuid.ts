import { randomBytes } from "node:crypto";

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Makes a time-ordered identifier: 48 bits of milliseconds, then 74 random bits.
 * Ids of one millisecond are in no particular order.
 *
 * @see RFC 9562 §5.7
 */
export function uuidV7(nowMs: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.trunc(nowMs), 0, 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Tells whether text is a UUID of any version, in either case, so that it can go into a uuid column (RFC 9562 §4). */
export function isUuid(text: string): boolean {
  return UUID_TEXT.test(text);
}
