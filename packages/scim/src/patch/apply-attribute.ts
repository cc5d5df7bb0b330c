import { evaluateElement } from "../filter/evaluate.ts";
import type { Filter } from "../filter/filter.ts";
import { type Attributes, isAttributes, isObject, type Json, ownValue } from "../json.ts";
import { maxElements } from "../limits.ts";
import type { Notes } from "../notes.ts";
import type { CompiledAttribute } from "../schemas/registry.ts";
import { ScimError } from "../scim-error.ts";
import { addElements, identityOf, isPrimary, parseParts, parseValue, unwrap, withoutNulls } from "../values.ts";
import type { PatchVerb } from "./parse-patch.ts";
import type { AttributeTarget } from "./path.ts";

/**
 * Applies one operation to one attribute of `container` (the resource, or one of its extensions).
 *
 * @throws {ScimError} 400 `invalidValue`, 400 `noTarget`
 * @see RFC 7644 §3.5.2.1 to §3.5.2.3
 */
export function applyToAttribute(
  container: Attributes,
  verb: PatchVerb,
  target: AttributeTarget,
  value: unknown,
  notes: Notes,
): void {
  const { attribute, filter, sub } = target;
  if (filter !== null) {
    applyToSelected(container, verb, { attribute, filter, sub }, value, notes);
  } else if (sub !== null) {
    applyToPart(container, verb, { attribute, sub }, value, notes);
  } else if (verb === "remove") {
    removeWhole(container, attribute, value, notes);
  } else {
    writeWhole(container, verb, attribute, value, notes);
  }
}

function removeWhole(container: Attributes, attribute: CompiledAttribute, value: unknown, notes: Notes): void {
  // By RFC 7644 §3.5.2.2 the value of a remove means nothing and all elements go. No client that lists values means that.
  if (!attribute.multiValued || value === undefined || value === null) {
    delete container[attribute.name];
    return;
  }
  const listed = listOf(parseValue(attribute, value, notes));
  notes.add(`remove ${attribute.name} with a value`, "only the values listed");
  const kept = listOf(ownValue(container, attribute.name)).filter(
    (element) => !listed.some((other) => isListed(element, other)),
  );
  writeElements(container, attribute, kept);
}

/** An element is listed if it has everything that the listed one names; the mark of the primary does not count. */
function isListed(element: Json, listed: Json): boolean {
  if (!isAttributes(listed) || !isAttributes(element)) return element === listed;
  const names = Object.keys(listed).filter((name) => name === "value" || name === "type");
  const compared = names.includes("value") ? names : Object.keys(listed);
  return compared.every((name) => ownValue(element, name) === ownValue(listed, name));
}

function writeWhole(
  container: Attributes,
  verb: "add" | "replace",
  attribute: CompiledAttribute,
  value: unknown,
  notes: Notes,
): void {
  const { name } = attribute;
  const present = ownValue(container, name);
  const bare = unwrap(attribute, value, notes);
  if (attribute.type === "complex" && !attribute.multiValued && isObject(bare) && isAttributes(present)) {
    writeOrClear(container, name, mergeParts(present, parseParts(attribute, bare, notes)));
    return;
  }
  const parsed = parseValue(attribute, bare, notes);
  if (parsed === undefined) {
    // Adding nothing changes nothing; an empty string for a complex value (manager) clears it whatever the verb.
    if (verb === "replace" || bare === "") delete container[name];
  } else if (Array.isArray(parsed) && verb === "add") {
    container[name] = addElements(listOf(present), parsed, attribute);
  } else if (isAttributes(parsed) && isAttributes(present)) {
    writeOrClear(container, name, mergeParts(present, parsed));
  } else {
    container[name] = parsed;
  }
}

/** Parts that are not named stay (RFC 7644 §3.5.2.3), but a reference that goes with another value does not. */
function mergeParts(present: Attributes, parts: Attributes): Attributes | undefined {
  const merged = { ...present, ...parts };
  const movesOn = Object.hasOwn(parts, "value") && ownValue(parts, "value") !== ownValue(present, "value");
  if (movesOn && !Object.hasOwn(parts, "$ref")) delete merged["$ref"];
  return withoutNulls(merged);
}

type PartTarget = { attribute: CompiledAttribute; sub: CompiledAttribute };

function applyToPart(
  container: Attributes,
  verb: PatchVerb,
  { attribute, sub }: PartTarget,
  value: unknown,
  notes: Notes,
): void {
  const parsed = verb === "remove" ? undefined : parseValue(sub, value, notes);
  if (parsed === undefined && verb === "add") return;
  const present = ownValue(container, attribute.name);
  if (attribute.multiValued) {
    const elements = listOf(present);
    const all = elements.map((_, index) => index);
    if (elements.length === 0 && parsed !== undefined) {
      notes.add(`${attribute.name}.${sub.name} without an element`, "a new element");
      writeElements(container, attribute, [{ [sub.name]: parsed }]);
    } else {
      writeElements(container, attribute, editElements(elements, all, { [sub.name]: parsed ?? null }));
    }
    return;
  }
  if (sub.name === "value" && parsed === "") {
    notes.add(`${attribute.name}.value as ""`, "unassigned");
    delete container[attribute.name];
    return;
  }
  writeOrClear(
    container,
    attribute.name,
    mergeParts(isAttributes(present) ? present : {}, { [sub.name]: parsed ?? null }),
  );
}

type SelectedTarget = { attribute: CompiledAttribute; filter: Filter; sub: CompiledAttribute | null };

function applyToSelected(
  container: Attributes,
  verb: PatchVerb,
  { attribute, filter, sub }: SelectedTarget,
  value: unknown,
  notes: Notes,
): void {
  const elements = listOf(ownValue(container, attribute.name));
  const selected = elements.flatMap((element, index) => (evaluateElement(filter, element, attribute) ? [index] : []));
  if (verb === "remove" && sub === null) {
    const chosen = new Set(selected);
    writeElements(
      container,
      attribute,
      elements.filter((_, index) => !chosen.has(index)),
    );
  } else if (sub !== null) {
    const parsed = verb === "remove" ? undefined : parseValue(sub, value, notes);
    if (selected.length > 0) {
      if (parsed !== undefined || verb !== "add") {
        writeElements(container, attribute, editElements(elements, selected, { [sub.name]: parsed ?? null }));
      }
    } else if (verb !== "remove" && parsed !== undefined && parsed !== "") {
      addSelected(container, verb, { attribute, filter, sub }, { [sub.name]: parsed }, notes);
    }
  } else if (verb !== "remove") {
    writeSelected(container, verb, { attribute, filter, sub }, { elements, selected, value }, notes);
  }
}

function writeSelected(
  container: Attributes,
  verb: "add" | "replace",
  target: SelectedTarget,
  { elements, selected, value }: { elements: Json[]; selected: number[]; value: unknown },
  notes: Notes,
): void {
  const { attribute } = target;
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (single === null || (Array.isArray(single) && single.length === 0)) {
    if (verb === "replace") {
      const chosen = new Set(selected);
      writeElements(
        container,
        attribute,
        elements.filter((_, index) => !chosen.has(index)),
      );
    }
    return;
  }
  if (attribute.type !== "complex" || !isObject(single)) {
    throw new ScimError(400, "invalidValue", `${attribute.name} chosen by a filter needs an object as value`);
  }
  const parts = parseParts(attribute, single, notes);
  if (selected.length > 0) {
    writeElements(container, attribute, editElements(elements, selected, parts));
  } else if (verb === "replace") {
    throw noTarget(attribute);
  } else {
    addSelected(container, verb, target, withoutNulls(parts) ?? {}, notes);
  }
}

/**
 * Makes the element that a filter asks for: `phoneNumbers[type eq "mobile"].value` of a user without such a phone, which
 * Entra sends and expects to be made. A filter that is not plain "part eq value", or names a `value`, cannot be made.
 */
function addSelected(
  container: Attributes,
  verb: "add" | "replace",
  { attribute, filter, sub }: SelectedTarget,
  parts: Attributes,
  notes: Notes,
): void {
  const asked = attribute.type === "complex" ? partsAskedFor(filter) : undefined;
  if (asked === undefined || Object.hasOwn(asked, "value")) throw noTarget(attribute);
  notes.add(
    `${verb} ${attribute.name}[...]${sub === null ? "" : `.${sub.name}`} without such an element`,
    "a new element",
  );
  const elements = listOf(ownValue(container, attribute.name));
  container[attribute.name] = addElements(elements, [{ ...asked, ...parts }], attribute);
}

function partsAskedFor(filter: Filter): Attributes | undefined {
  if (filter.kind === "compare" && filter.op === "eq" && filter.value !== null) {
    return { [filter.path.name]: filter.value };
  }
  if (filter.kind !== "and") return undefined;
  const all: Attributes = {};
  for (const operand of filter.operands) {
    const one = partsAskedFor(operand);
    if (one === undefined) return undefined;
    for (const name of Object.keys(one)) if (Object.hasOwn(all, name)) return undefined;
    Object.assign(all, one);
  }
  return all;
}

/** Writes parts into the elements at `chosen`, null clears; an element whose `value` goes is gone. */
function editElements(elements: Json[], chosen: number[], parts: Attributes): Json[] {
  const indexes = new Set(chosen);
  const winner = isPrimary(parts) ? chosen[0] : undefined;
  const value = ownValue(parts, "value");
  return elements.flatMap((element, index): Json[] => {
    if (!isAttributes(element)) return [element];
    const edited = indexes.has(index) ? mergeParts(element, parts) : element;
    if (edited === undefined || (indexes.has(index) && (value === null || value === ""))) return [];
    return [winner !== undefined && index !== winner && isPrimary(edited) ? { ...edited, primary: false } : edited];
  });
}

/** Writes a list without what became equal, or clears the attribute. */
function writeElements(container: Attributes, attribute: CompiledAttribute, elements: Json[]): void {
  if (elements.length > maxElements) {
    throw new ScimError(400, "invalidValue", `${attribute.name} may have ${maxElements} values at most`);
  }
  const distinct = new Map<string, Json>();
  for (const element of elements) {
    const key = identityOf(element);
    const twin = distinct.get(key);
    distinct.set(key, isAttributes(twin) && isAttributes(element) ? { ...element, ...twin } : element);
  }
  writeOrClear(container, attribute.name, distinct.size === 0 ? undefined : [...distinct.values()]);
}

function writeOrClear(container: Attributes, name: string, value: Json | undefined): void {
  if (value === undefined) delete container[name];
  else container[name] = value;
}

function listOf(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function noTarget(attribute: CompiledAttribute): ScimError {
  return new ScimError(400, "noTarget", `No ${attribute.name} passes the filter in the path; add one first`);
}
