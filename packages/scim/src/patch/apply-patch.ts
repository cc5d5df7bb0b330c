import { formatPath, toPath } from "../attribute-path.ts";
import { measure } from "../bounds.ts";
import { countTerms } from "../filter/filter.ts";
import { type Attributes, isAttributes, isObject, ownValue, type UnknownObject } from "../json.ts";
import { maxPatchWorkCharacters } from "../limits.ts";
import { type Notes, quoteName } from "../notes.ts";
import type { CompiledExtension, ResourceSchema } from "../schemas/registry.ts";
import { ScimError } from "../scim-error.ts";
import { namedTwice } from "../values.ts";
import { applyToAttribute } from "./apply-attribute.ts";
import type { MemberLedger } from "./member-ledger.ts";
import { inOperation, type PatchOperation, type PatchVerb } from "./parse-patch.ts";
import { type AttributeTarget, invalidPath, type PatchTarget, parsePatchPath } from "./path.ts";

/**
 * What is being changed: `draft` holds all attributes of one resource, `members` takes the member operations of a group,
 * whose list is not loaded.
 */
export type Editing = {
  readonly schema: ResourceSchema;
  readonly draft: Attributes;
  readonly notes: Notes;
  readonly members: MemberLedger | null;
  /** Characters read or rewritten so far, see `maxPatchWorkCharacters`. */
  readonly work: { spent: number };
};

/**
 * Applies operations to the draft, in order. If one throws, the draft is to be thrown away: a PATCH is atomic.
 *
 * @throws {ScimError} 400 with the scimType that RFC 7644 §3.5.2 gives
 */
export function applyOperations(editing: Editing, operations: readonly PatchOperation[]): void {
  for (const [index, operation] of operations.entries()) {
    inOperation(index, operations.length, () => applyOperation(editing, operation));
  }
}

/**
 * Writes an object of attributes into the draft, as a path-less operation does, and as POST and PUT do on an empty one.
 * Keys may be paths and URNs; read-only ones are left out.
 *
 * @throws {ScimError} 400
 */
export function mergeAttributes(
  editing: Editing,
  verb: "add" | "replace",
  value: UnknownObject,
  insideCore = false,
): void {
  const whole = new Set<string>();
  for (const key of Object.keys(value)) {
    const target = parsePatchPath(editing.schema, key);
    if (target.kind === "malformed") {
      editing.notes.add(quoteName(key), "not a name: left out");
      continue;
    }
    if (target.kind === "attribute") {
      if (target.filter === null && target.sub === null) {
        const name = formatPath(toPath(target));
        if (whole.has(name)) throw namedTwice(name);
        whole.add(name);
      } else {
        editing.notes.add("a path as a key", formatPath(toPath(target)));
      }
    }
    // Once is a dialect; without end it is an attack on the stack (V42).
    if (insideCore && target.kind === "core") throw invalidPath(key, "stands inside itself");
    applyToTarget(editing, verb, target, value[key], { text: key, named: false });
  }
}

function applyOperation(editing: Editing, { verb, path, value }: PatchOperation): void {
  if (path !== null) {
    const target = parsePatchPath(editing.schema, path);
    if (target.kind === "malformed") throw invalidPath(path, "is not an attribute path of RFC 7644 section 3.10");
    applyToTarget(editing, verb, target, value, { text: path, named: true });
  } else if (verb !== "remove" && isObject(value)) {
    mergeAttributes(editing, verb, value);
  } else {
    throw new ScimError(400, "invalidValue", `${verb} without path needs an object of attributes as its value`);
  }
}

/** `named` tells a path from a key of a value: a path must not name what is read-only. */
type Origin = { text: string; named: boolean };

function applyToTarget(
  editing: Editing,
  verb: PatchVerb,
  target: Exclude<PatchTarget, { kind: "malformed" }>,
  value: unknown,
  origin: Origin,
): void {
  switch (target.kind) {
    case "unknown":
      editing.notes.add(withoutFilter(origin.text), "in no schema: left out");
      return;
    case "core":
      if (verb === "remove") throw invalidPath(origin.text, "names the whole resource, which only DELETE removes");
      if (!isObject(value)) throw invalidPath(origin.text, "names a whole schema; its value must be an object");
      mergeAttributes(editing, verb, value, true);
      return;
    case "extension":
      applyToExtension(editing, verb, target.extension, value);
      return;
    case "attribute":
      applyToKnown(editing, verb, target, value, origin);
  }
}

function applyToExtension(editing: Editing, verb: PatchVerb, extension: CompiledExtension, value: unknown): void {
  const { schema, draft, notes } = editing;
  const empty = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
  if (verb === "remove" || empty) {
    if (verb !== "add") delete draft[extension.urn];
    return;
  }
  if (!isObject(value)) throw new ScimError(400, "invalidValue", `${extension.urn} must be an object of attributes`);
  const whole = new Set<string>();
  for (const key of Object.keys(value)) {
    const path = `${extension.urn}:${key}`;
    const target = parsePatchPath(schema, path);
    if (target.kind !== "attribute") {
      notes.add(`${quoteName(key)} in an extension`, "in no schema: left out");
      continue;
    }
    if (target.filter === null && target.sub === null) {
      if (whole.has(target.attribute.name)) throw namedTwice(target.attribute.name);
      whole.add(target.attribute.name);
    }
    applyToKnown(editing, verb, target, value[key], { text: path, named: false });
  }
}

function applyToKnown(
  editing: Editing,
  verb: PatchVerb,
  target: AttributeTarget,
  value: unknown,
  origin: Origin,
): void {
  const { schema, notes, members } = editing;
  const { attribute, sub, extension } = target;
  const name = formatPath(toPath(target));
  if (target.unqualified) notes.add(`${name.slice(name.lastIndexOf(":") + 1)} without its URN`, name);
  if (attribute.mutability === "readOnly" || sub?.mutability === "readOnly") {
    if (origin.named) throw new ScimError(400, "mutability", `${name} is read-only; leave it out`);
    if (attribute.name === "schemas") noteSchemas(schema, value, notes);
    else if (carriesSomething(value)) notes.add(name, "read-only: left out");
    return;
  }
  if (attribute.returned === "never") {
    notes.add(name, "accepted and not kept");
    return;
  }
  if (members !== null && extension === null && attribute.name === "members") {
    members.apply(verb, target, value);
    return;
  }
  if (verb === "remove" && attribute.required && sub === null) {
    throw new ScimError(400, "mutability", `${name} is required and cannot be removed; replace it`);
  }
  applyInContainer(editing, verb, target, value);
}

function applyInContainer(editing: Editing, verb: PatchVerb, target: AttributeTarget, value: unknown): void {
  const { draft, notes } = editing;
  if (target.extension === null) {
    spendWork(editing, draft, target);
    applyToAttribute(draft, verb, target, value, notes);
    return;
  }
  const { urn } = target.extension;
  const present = Object.hasOwn(draft, urn) ? draft[urn] : undefined;
  const container = isAttributes(present) ? present : {};
  spendWork(editing, container, target);
  applyToAttribute(container, verb, target, value, notes);
  if (Object.keys(container).length === 0) delete draft[urn];
  else draft[urn] = container;
}

/** Many small operations on one long list add up; the list is bounded, so is what they may cost together. */
function spendWork({ work }: Editing, container: Attributes, { attribute, filter }: AttributeTarget): void {
  if (!attribute.multiValued) return;
  work.spent += measure(ownValue(container, attribute.name)) * (filter === null ? 1 : 1 + countTerms(filter));
  if (work.spent <= maxPatchWorkCharacters) return;
  throw new ScimError(400, "tooMany", `The operations go through ${attribute.name} too often; send its values in one`);
}

function carriesSomething(value: unknown): boolean {
  return value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** Clients list URIs of their own, or of drafts long gone: taken, never an error. */
function noteSchemas(schema: ResourceSchema, value: unknown, notes: Notes): void {
  if (!Array.isArray(value)) return;
  const core = schema.definition.id.toLowerCase();
  for (const uri of value.slice(0, 20)) {
    if (typeof uri !== "string") continue;
    const lower = uri.toLowerCase();
    if (lower !== core && !schema.extensionByUrn.has(lower)) notes.add(`schemas with ${quoteName(uri)}`, "ignored");
  }
}

/** What stands in brackets may be personal. */
function withoutFilter(path: string): string {
  const bracket = path.indexOf("[");
  return quoteName(bracket === -1 ? path : `${path.slice(0, bracket)}[...]`);
}
