/** Any JSON value, as JSON.parse gives it. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A SCIM object: attribute names in the spelling of their schema, extensions under their URN. */
export type Attributes = { [name: string]: Json };

export type UnknownObject = { readonly [name: string]: unknown };

/** Tells a JSON object from arrays, null and simple values. */
export function isObject(value: unknown): value is UnknownObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Like `isObject`, for values already known to be JSON. */
export function isAttributes(value: Json | undefined): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a key that the object itself has; inherited names such as `constructor` are absent. */
export function ownValue(object: Attributes, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Compares two JSON values; the order of keys does not count, the order of elements does. */
export function equalJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((element, index) => equalJson(element, right[index]));
  }
  if (!isAttributes(left) || !isAttributes(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equalJson(left[name], right[name]))
  );
}

/** Copies a JSON value, so that a draft can be changed without touching what was passed in. */
export function cloneJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(cloneJson);
  return isAttributes(value) ? cloneAttributes(value) : value;
}

/** Copies an object of attributes, see `cloneJson`. */
export function cloneAttributes(attributes: Attributes): Attributes {
  const copy: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) copy[name] = cloneJson(value);
  return copy;
}
