import { isObject } from "../json.ts";

const prefix = "bulkId:";

/** The bulkId that a text refers to, or undefined when it is any other text (RFC 7644 §3.7.2). */
export function referenceIn(text: string): string | undefined {
  return text.length > prefix.length && text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** Collects every bulkId that stands anywhere in a value. Bodies are bounded in depth before they are parsed. */
export function referencesIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof value === "string") {
    const reference = referenceIn(value);
    if (reference !== undefined) found.add(reference);
  } else if (Array.isArray(value)) {
    for (const element of value) referencesIn(element, found);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) referencesIn(value[key], found);
  }
  return found;
}

/** Writes ids in the place of references; those that `ids` does not hold stay as they are. */
export function resolveReferences(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") {
    const reference = referenceIn(value);
    return reference === undefined ? value : (ids.get(reference) ?? value);
  }
  if (Array.isArray(value)) return value.map((element) => resolveReferences(element, ids));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, resolveReferences(value[key], ids)]));
}

/** What has to be added to a resource once everything it refers to exists: operations of a PATCH. */
export type LateAddition = { op: "add"; path: string; value: unknown };

/**
 * Parts a resource in what can be created now and what refers to `late` bulkIds: elements of lists, such as members, and
 * whole complex attributes, such as a manager. References elsewhere stay where they are.
 */
export function partLateReferences(data: unknown, late: ReadonlySet<string>): { now: unknown; later: LateAddition[] } {
  if (late.size === 0 || !isObject(data)) return { now: data, later: [] };
  const later: LateAddition[] = [];
  // Entries, not assignments: a key may be one that every object inherits (V41).
  const now: [string, unknown][] = [];
  for (const key of Object.keys(data)) {
    const value = data[key];
    if (key.includes(":") && isObject(value)) {
      const inside = partLateReferences(value, late);
      now.push([key, inside.now]);
      later.push(...inside.later.map((addition) => ({ ...addition, path: `${key}:${addition.path}` })));
    } else if (Array.isArray(value)) {
      const isLate = (element: unknown): boolean => refersTo(element, late);
      const held = value.filter(isLate);
      now.push([key, held.length === 0 ? value : value.filter((element) => !isLate(element))]);
      if (held.length > 0) later.push({ op: "add", path: key, value: held });
    } else if (refersTo(value, late)) {
      later.push({ op: "add", path: key, value });
    } else {
      now.push([key, value]);
    }
  }
  return { now: Object.fromEntries(now), later };
}

function refersTo(value: unknown, late: ReadonlySet<string>): boolean {
  for (const reference of referencesIn(value)) if (late.has(reference)) return true;
  return false;
}
