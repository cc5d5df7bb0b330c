import { type Attributes, isAttributes, type Json } from "@muster/scim";

export type PatchOperation = { op: "replace"; path: string; value: Json } | { op: "remove"; path: string };

/** Not ours to change: the app's own attributes, and the list of schemas, which follows from the values. */
const NEVER_PATCHED: ReadonlySet<string> = new Set(["schemas", "id", "meta"]);

/** Some servers give these as strings; that is no difference. */
const BOOLEANS: ReadonlySet<string> = new Set(["active", "primary"]);

/**
 * Lists the PATCH operations that turn `from` into `to`, one per attribute, those of extensions under their URN; empty when
 * the two are equal. `active` comes first, for apps that stop half-way; then removals, so that two `primary` values never
 * coexist (RFC 7643 section 2.4). Attributes that `from` has and `to` has not are removed, so `from` must hold managed ones only.
 *
 * @see RFC 7644 section 3.5.2
 */
export function diffUser(from: Attributes, to: Attributes): PatchOperation[] {
  const before = flatten(from);
  const after = flatten(to);
  const removals: PatchOperation[] = [];
  const replacements: PatchOperation[] = [];

  for (const [key, old] of before) {
    if (!after.has(key)) removals.push({ op: "remove", path: old.path });
  }
  for (const [key, { path, value }] of after) {
    const old = before.get(key);
    if (old && canonical(old.value, key) === canonical(value, key)) continue;
    // A replace leaves the sub-attributes that it does not name (RFC 7644 section 3.5.2.3): they are removed one by one.
    for (const name of old ? droppedNames(old.value, value) : [])
      removals.push({ op: "remove", path: `${path}.${name}` });
    replacements.push({ op: "replace", path, value });
  }
  const operations = [...removals, ...replacements];
  return operations.toSorted((a, b) => Number(b.path === "active") - Number(a.path === "active"));
}

/** One entry per attribute that has a value, by its lower-case path: names are case-insensitive (RFC 7643 section 2.1). */
function flatten(resource: Attributes): Map<string, { path: string; value: Json }> {
  const flat = new Map<string, { path: string; value: Json }>();
  const put = (path: string, value: Json) => {
    if (!isUnassigned(value)) flat.set(path.toLowerCase(), { path, value });
  };
  for (const [name, value] of Object.entries(resource)) {
    if (NEVER_PATCHED.has(name.toLowerCase())) continue;
    if (name.includes(":") && isAttributes(value)) {
      for (const [inner, innerValue] of Object.entries(value)) put(`${name}:${inner}`, innerValue);
    } else {
      put(name, value);
    }
  }
  return flat;
}

function droppedNames(old: Json, fresh: Json): string[] {
  if (!isAttributes(old) || !isAttributes(fresh)) return [];
  const kept = new Set(
    Object.keys(fresh)
      .filter((name) => !isUnassigned(fresh[name]))
      .map((name) => name.toLowerCase()),
  );
  return Object.keys(old).filter((name) => !isUnassigned(old[name]) && !kept.has(name.toLowerCase()));
}

/** Null and an empty array are no value at all (RFC 7643 section 2.5); an object of nothing else is none either. */
function isUnassigned(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isAttributes(value) && Object.values(value).every(isUnassigned);
}

/** A text that is equal for equal values: no order of keys, none of the elements of a multi-valued attribute. */
function canonical(value: Json, name: string): string {
  if (Array.isArray(value))
    return `[${value
      .map((element) => canonical(element, ""))
      .toSorted()
      .join(",")}]`;
  if (isAttributes(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => !isUnassigned(member))
      .map(([key, member]) => `${JSON.stringify(key.toLowerCase())}:${canonical(member, key.toLowerCase())}`);
    return `{${members.toSorted().join(",")}}`;
  }
  if (typeof value === "string" && BOOLEANS.has(name) && /^(?:true|false)$/i.test(value)) return value.toLowerCase();
  return JSON.stringify(value);
}
