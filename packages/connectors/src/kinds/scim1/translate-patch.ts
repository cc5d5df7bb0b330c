import { type Attributes, enterpriseUserUrn, isAttributes, type Json } from "@muster/scim";
import { coreUrn, oldManager, toOldUrn } from "./translate-resource.ts";

/**
 * Writes PATCH operations of RFC 7644 in the form of SCIM 1.1 (API, section 3.3.2): a part of the resource that is merged into it, names in
 * `meta.attributes` that are cleared before, and `"operation": "delete"` at the members who go. Null where that form cannot say it.
 */
export function toOldPatch(operations: readonly Json[]): Attributes | null {
  const patch: OldPatch = { body: {}, cleared: [], members: [] };
  for (const operation of operations) {
    if (!isAttributes(operation) || !putInto(patch, operation)) return null;
  }
  const { body, cleared, members } = patch;
  const extensions = Object.keys(body).filter((name) => name.includes(":"));
  return {
    schemas: [coreUrn, ...extensions],
    ...body,
    ...(members.length === 0 ? {} : { members }),
    ...(cleared.length === 0 ? {} : { meta: { attributes: cleared } }),
  };
}

type OldPatch = { body: Attributes; cleared: string[]; members: Json[] };

const ONE_MEMBER = /^members\[value eq (".*")\]$/i;

function putInto(patch: OldPatch, { op, path, value }: Attributes): boolean {
  if (typeof op !== "string" || typeof path !== "string") return false;
  const one = ONE_MEMBER.exec(path)?.[1];
  if (one !== undefined) return op === "remove" && leave(patch, [{ value: JSON.parse(one) as Json }]);
  if (/[[\]]/.test(path)) return false;
  if (path.toLowerCase() === "members" && op !== "replace") {
    const listed = Array.isArray(value) ? value : [];
    return op === "add" ? patch.members.push(...listed) > 0 : leave(patch, listed);
  }
  const place = placeOf(path);
  if (op === "remove") return patch.cleared.push(place.name) > 0;
  if (value === undefined) return false;
  // What is in a list already would stay beside what is sent.
  if (Array.isArray(value)) patch.cleared.push(place.name);
  setAt(patch.body, place.keys, value);
  return true;
}

/** Nobody named is everybody by the letter of RFC 7644: no such request is made of it. */
function leave({ members }: OldPatch, listed: readonly Json[]): boolean {
  return members.push(...listed.map((member) => ({ value: idOf(member), operation: "delete" }))) > 0;
}

const idOf = (member: Json): Json => (isAttributes(member) ? (member["value"] ?? null) : member);

/** A path as `meta.attributes` names it, and its keys from the outermost in. */
type Place = { name: string; keys: string[] };

function placeOf(path: string): Place {
  const end = path.lastIndexOf(":");
  const urn = end < 0 ? null : path.slice(0, end);
  const parts = path.slice(end + 1).split(".");
  if (urn === null) return { name: path, keys: parts };
  const isManager = urn.toLowerCase() === enterpriseUserUrn.toLowerCase() && parts[0] === "manager";
  const inside = isManager ? parts.map((part) => (part === "value" ? "managerId" : part)) : parts;
  const old = toOldUrn(urn);
  return { name: `${old}:${inside.join(".")}`, keys: [old, ...inside] };
}

function setAt(body: Attributes, keys: readonly string[], value: Json): void {
  const [key, ...rest] = keys;
  if (key === undefined) return;
  if (rest.length === 0) {
    body[key] = key === "manager" ? oldManager(value) : value;
    return;
  }
  const inner = body[key];
  const holder: Attributes = isAttributes(inner) ? inner : {};
  body[key] = holder;
  setAt(holder, rest, value);
}
