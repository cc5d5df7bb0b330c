import type { Json } from "@muster/scim";

/** Nothing that apps say of people is nested deeper; what walks a reply later may recurse. */
const MAX_DEPTH = 32;
/** What a database cannot keep comes only as an escape: U+0000, and half a surrogate pair. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;
/** Longer ones fit no index, and no address. */
const MAX_ID_BYTES = 1_000;

/**
 * Reads the body of an answer as JSON that can be kept; undefined where it is no JSON, a login page for one (F41), or nested beyond reason.
 * U+0000 and half a surrogate pair, which no text in Postgres can hold, become U+FFFD: one answer with them must not keep what is true of
 * everybody else in its batch from being recorded.
 */
export function parseJson(body: string): Json | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
  if (depthOf(parsed) > MAX_DEPTH) return undefined;
  return SUSPECT.test(body) ? storable(parsed) : parsed;
}

/** Whether a text may be an app's id for something: what cannot be kept as it is would be another's id, or nobody's. */
export function isRemoteId(text: string): boolean {
  return text !== "" && Buffer.byteLength(text) <= MAX_ID_BYTES && !/[\p{Cc}\p{Cs}\uFFFD]/u.test(text);
}

function storable(value: Json): Json {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [text(name), storable(member)]));
}

const text = (value: string): string => value.toWellFormed().replaceAll("\u0000", "\uFFFD");

function depthOf(value: Json, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return depth;
  let deepest = depth;
  for (const member of Object.values(value)) deepest = Math.max(deepest, depthOf(member, depth + 1));
  return deepest;
}
