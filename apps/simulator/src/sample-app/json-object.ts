/** A JSON object whose values are not yet known. */
export type JsonObject = { [key: string]: unknown };

/** Tells whether a parsed JSON value is an object, arrays and null excluded. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Compares two parsed JSON values, the order of keys apart. */
export function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => sameJson(item, right[index]));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}

/** Copies a JSON object in depth; several times faster than structuredClone, which matters on every PATCH. */
export function cloneJson(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const [key, value] of Object.entries(object)) copy[key] = cloneValue(value);
  return copy;
}

function cloneValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneValue);
  return isJsonObject(value) ? cloneJson(value) : value;
}
