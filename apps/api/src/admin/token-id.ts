import { Refusal } from "@muster/runtime";

const PUBLIC_ID = /^[0-9A-Za-z]{12}$/;
const TOKEN_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-8000-8000-([0-9a-f]{12})$/;

/**
 * Writes a token's public id as the uuid that the contract asks of every id: its 12 ASCII characters are the free bits
 * of a version 8 uuid (RFC 9562 §5.8).
 */
export function toTokenId(publicId: string): string {
  if (!PUBLIC_ID.test(publicId)) throw new Error("A token's public id has 12 letters and digits");
  const hex = Buffer.from(publicId, "ascii").toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8000-8000-${hex.slice(12)}`;
}

/** Reads back the public id that a token's uuid stands for; undefined when it stands for none. */
export function readTokenId(tokenId: string): string | undefined {
  const [, ...parts] = TOKEN_ID.exec(tokenId) ?? [];
  const publicId = Buffer.from(parts.join(""), "hex").toString("latin1");
  return PUBLIC_ID.test(publicId) ? publicId : undefined;
}

/**
 * Like `readTokenId`, for a token that the caller names.
 *
 * @throws {Refusal} notFound if the uuid stands for no token
 */
export function requireTokenId(tokenId: string): string {
  const publicId = readTokenId(tokenId);
  if (publicId === undefined) throw new Refusal("notFound", `This directory has no live token ${tokenId}`);
  return publicId;
}
