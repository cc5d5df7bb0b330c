import { formatPath } from "./attribute-path.ts";
import type { Filter } from "./filter/filter.ts";
import { formatFilter } from "./filter/format.ts";
import { isObject } from "./json.ts";
import { maxCursorCharacters } from "./limits.ts";
import { ScimError } from "./scim-error.ts";
import type { Sort } from "./sort.ts";

/**
 * Where a walk through a list goes on: after the resource `after`, whose sort value is `value`, up to the greatest id
 * `until` when the walk began, with the number of all matches at that moment. `query` is the digest of the list.
 */
export type PageCursor = { after: string; value: string | null; until: string; total: number; query: string };

/** Writes a cursor as text that is safe in an address; opaque to clients (RFC 9865 §2). */
export function formatCursor(cursor: PageCursor): string {
  const { after, value, until, total, query } = cursor;
  const bytes = new TextEncoder().encode(JSON.stringify([after, value, until, total, query]));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/**
 * Reads a cursor that must have been made for this list.
 *
 * @throws {ScimError} 400 `invalidCursor`
 * @see RFC 9865 §2.1
 */
export function parseCursor(text: string, query: string): PageCursor {
  const parts = text.length > maxCursorCharacters ? undefined : decode(text);
  if (!Array.isArray(parts) || parts.length !== 5) throw invalidCursor("is none that this server gave out");
  const [after, value, until, total, digest] = parts as readonly unknown[];
  if (
    typeof after !== "string" ||
    typeof until !== "string" ||
    !(value === null || typeof value === "string") ||
    typeof total !== "number" ||
    !Number.isSafeInteger(total) ||
    total < 0
  )
    throw invalidCursor("is none that this server gave out");
  if (digest !== query) throw invalidCursor("was made for another filter or order");
  return { after, value, until, total, query };
}

/** A short name for a filter with an order, by which a cursor knows its list; no secret, and no proof of anything. */
export function queryDigest(filter: Filter | null, sort: Sort | null): string {
  const order = sort === null ? "" : `${sort.order} ${formatPath(sort.path)}`;
  return fnv1a(`${filter === null ? "" : formatFilter(filter)}\n${order}`);
}

function invalidCursor(fault: string): ScimError {
  return new ScimError(400, "invalidCursor", `The cursor ${fault}; begin again with an empty cursor`);
}

function decode(text: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** FNV-1a of 64 bits, over UTF-16 code units. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= BigInt(text.charCodeAt(at));
    hash = BigInt.asUintN(64, hash * 0x100000001b3n);
  }
  return hash.toString(36);
}
