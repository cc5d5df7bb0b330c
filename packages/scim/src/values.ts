import { isDateTime } from "./date-time.ts";
import { type Attributes, isAttributes, isObject, type Json, ownValue, type UnknownObject } from "./json.ts";
import { maxElements, maxStringCharacters } from "./limits.ts";
import { type Notes, quoteName } from "./notes.ts";
import { type CompiledAttribute, findAttribute } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";
import { requireStorable } from "./text.ts";

/** A value as the schema wants it; undefined stands for unassigned: null and [] (RFC 7643 §2.5). */
export type Parsed = Json | undefined;

/**
 * Reads a value for an attribute: the known parts only, in canonical spelling, with the dialects of real clients
 * (booleans as strings, bare strings and single objects where a complex value or a list belongs) taken and noted.
 *
 * @throws {ScimError} 400 `invalidValue` if the type is another, 400 `invalidSyntax` if a name comes twice
 */
export function parseValue(attribute: CompiledAttribute, value: unknown, notes: Notes): Parsed {
  const bare = unwrap(attribute, value, notes);
  if (bare === null || bare === undefined || (Array.isArray(bare) && bare.length === 0)) return undefined;
  if (attribute.multiValued) return parseElements(attribute, bare, notes);
  const single = Array.isArray(bare) && bare.length === 1 ? noteUnwrapped(attribute, bare[0], notes) : bare;
  return parseElement(attribute, single, notes);
}

/**
 * Reads the parts of a complex value that are named; a part that is cleared is null in the answer.
 *
 * @throws {ScimError} as `parseValue`
 */
export function parseParts(attribute: CompiledAttribute, value: UnknownObject, notes: Notes): Attributes {
  const parts: Attributes = {};
  for (const key of Object.keys(value)) {
    const sub = findAttribute(attribute.sub, key);
    if (sub === undefined) {
      notes.add(`${attribute.name} with ${quoteName(key)}`, "no such part: left out");
    } else if (sub.mutability === "readOnly") {
      if (value[key] !== null) notes.add(`${attribute.name}.${sub.name}`, "read-only: left out");
    } else {
      if (Object.hasOwn(parts, sub.name)) throw namedTwice(`${attribute.name}.${sub.name}`);
      parts[sub.name] = parseValue(sub, value[key], notes) ?? null;
    }
  }
  return parts;
}

/** Makes the error for a name that comes twice in one object, in different letter case. */
export function namedTwice(name: string): ScimError {
  return new ScimError(400, "invalidSyntax", `${name} comes twice in one object; send it once`);
}

/** Drops the parts that are null; undefined when nothing is left. */
export function withoutNulls(parts: Attributes): Attributes | undefined {
  const kept: Attributes = {};
  let count = 0;
  for (const name of Object.keys(parts)) {
    const value = parts[name];
    if (value === null || value === undefined) continue;
    kept[name] = value;
    count += 1;
  }
  return count === 0 ? undefined : kept;
}

/**
 * Adds elements to a list. An element with the same `value` and `type` as one that is there is merged into it, an equal
 * one changes nothing (RFC 7644 §3.5.2.1); a new primary takes the mark from the others (RFC 7644 §3.5.2).
 */
export function addElements(present: readonly Json[], added: readonly Json[], attribute: CompiledAttribute): Json[] {
  const byKey = new Map<string, number>();
  const merged = [...present];
  for (const [index, element] of merged.entries()) byKey.set(identityOf(element), index);
  for (const element of added) {
    const key = identityOf(element);
    const index = byKey.get(key);
    const same = index === undefined ? undefined : merged[index];
    if (index === undefined || same === undefined) {
      byKey.set(key, merged.length);
      merged.push(element);
    } else if (isAttributes(same) && isAttributes(element)) {
      merged[index] = { ...same, ...element };
    }
  }
  const primary = added.find(isPrimary);
  if (primary !== undefined) {
    const owner = byKey.get(identityOf(primary));
    for (const [index, element] of merged.entries()) {
      if (index !== owner && isPrimary(element) && isAttributes(element))
        merged[index] = { ...element, primary: false };
    }
  }
  if (merged.length > maxElements) {
    throw new ScimError(400, "invalidValue", `${attribute.name} may have ${maxElements} values at most`);
  }
  return merged;
}

/** Tells whether an element carries the mark of the preferred one. */
export function isPrimary(element: Json): boolean {
  return isAttributes(element) && Object.hasOwn(element, "primary") && element["primary"] === true;
}

/** Two elements with one identity are the same element: by value and type, or wholly if there is no value. */
export function identityOf(element: Json): string {
  const value = isAttributes(element) ? ownValue(element, "value") : undefined;
  if (!isAttributes(element) || typeof value !== "string") return JSON.stringify(element);
  const type = ownValue(element, "type");
  // No stored string holds U+0000, so the parts cannot run into each other, nor into JSON.
  return `${typeof type === "string" ? `\u0000${type}` : ""}\u0000${value}`;
}

function parseElements(attribute: CompiledAttribute, value: unknown, notes: Notes): Parsed {
  if (!Array.isArray(value)) notes.add(`${attribute.name} as a single value`, "a list of one");
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > maxElements) {
    throw new ScimError(400, "invalidValue", `${attribute.name} may have ${maxElements} values at most`);
  }
  const elements: Json[] = [];
  for (const item of list) {
    const element = parseElement(attribute, item, notes);
    if (element !== undefined) elements.push(element);
  }
  if (elements.length === 0) return undefined;
  if (elements.filter(isPrimary).length > 1) {
    notes.add(`${attribute.name} with two primaries`, "the first is primary");
  }
  return addElements([], elements, attribute);
}

function parseElement(attribute: CompiledAttribute, value: unknown, notes: Notes): Parsed {
  if (value === null || value === undefined) return undefined;
  if (attribute.type !== "complex") return parseSimple(attribute, value, notes);
  if (typeof value === "string") return parseBareString(attribute, value, notes);
  if (!isObject(value)) throw wrongType(attribute, "an object");
  const parts = withoutNulls(parseParts(attribute, value, notes));
  if (parts?.["value"] === "" && attribute.sub.has("value")) {
    notes.add(`${attribute.name} with value ""`, "left out");
    return undefined;
  }
  return parts;
}

/** A string where a complex value belongs is its `value`: `manager: "id"`, `emails: ["a"]`; "" clears. */
function parseBareString(attribute: CompiledAttribute, text: string, notes: Notes): Parsed {
  const valuePart = findAttribute(attribute.sub, "value");
  if (valuePart === undefined) throw wrongType(attribute, "an object");
  if (text === "") {
    notes.add(`${attribute.name} as ""`, "unassigned");
    return undefined;
  }
  notes.add(`${attribute.name} as a string`, `${attribute.name}.value`);
  return withoutNulls({ value: parseSimple(valuePart, text, notes) ?? null });
}

function parseSimple(attribute: CompiledAttribute, value: unknown, notes: Notes): Parsed {
  const { name, type } = attribute;
  switch (type) {
    case "boolean":
      return parseBoolean(attribute, value, notes);
    case "integer":
    case "decimal":
      if (typeof value === "number" && (type === "decimal" || Number.isSafeInteger(value))) return value;
      throw wrongType(attribute, type === "integer" ? "a whole number" : "a number");
    case "dateTime":
      if (value === "") return undefined;
      if (typeof value === "string" && isDateTime(value)) return value;
      throw wrongType(attribute, 'a date and time such as "2030-01-31T12:00:00Z"');
    case "string":
    case "reference":
    case "binary":
    case "complex":
      if (typeof value !== "string") throw wrongType(attribute, "a string");
      if (value.length > maxStringCharacters) {
        throw new ScimError(400, "invalidValue", `${name} is longer than ${maxStringCharacters} characters`);
      }
      requireStorable(value, name);
      return value;
  }
}

function parseBoolean(attribute: CompiledAttribute, value: unknown, notes: Notes): boolean {
  if (typeof value === "boolean") return value;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (text !== "true" && text !== "false") throw wrongType(attribute, "true or false");
  notes.add(`${attribute.name} as a string`, `${attribute.name}: ${text}`);
  return text === "true";
}

/** Some clients wrap a value once more: `{"members": [...]}` for members, `{"value": false}` for active. */
export function unwrap(attribute: CompiledAttribute, value: unknown, notes: Notes): unknown {
  if (!isObject(value)) return value;
  const [key, ...others] = Object.keys(value);
  if (key === undefined || others.length > 0) return value;
  const lower = key.toLowerCase();
  const isOwnName = lower === attribute.name.toLowerCase() && !attribute.sub.has(lower);
  if (!isOwnName && (attribute.type === "complex" || lower !== "value")) return value;
  return noteUnwrapped(attribute, value[key], notes);
}

function noteUnwrapped(attribute: CompiledAttribute, value: unknown, notes: Notes): unknown {
  notes.add(`${attribute.name} wrapped in a list or an object`, attribute.name);
  // Twice at most: [{"value": x}] is known, anything deeper is refused by its type.
  return attribute.type !== "complex" && isObject(value) && Object.hasOwn(value, "value") ? value["value"] : value;
}

function wrongType(attribute: CompiledAttribute, wanted: string): ScimError {
  return new ScimError(400, "invalidValue", `${attribute.name} must be ${wanted}`);
}
