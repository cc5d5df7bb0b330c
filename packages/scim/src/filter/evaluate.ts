import type { AttributePath } from "../attribute-path.ts";
import { instantOf } from "../date-time.ts";
import { foldCase } from "../fold-case.ts";
import { type Attributes, isAttributes, type Json, ownValue } from "../json.ts";
import {
  type AttributeIndex,
  type CompiledAttribute,
  findAttribute,
  type ResourceSchema,
  type ResourceType,
  standardSchema,
} from "../schemas/registry.ts";
import type { CompareOp, Filter, FilterValue } from "./filter.ts";

/**
 * Tells whether a resource passes a filter.
 *
 * Letter case counts as the schema's `caseExact` says. A comparison holds if any value of a multi-valued attribute
 * passes; `ne` is exactly "not eq", so that a missing value is `ne` everything. Strings are ordered by code point.
 *
 * @see RFC 7644 §3.4.2.2
 */
export function evaluateFilter(
  filter: Filter,
  resource: Attributes,
  resourceType: ResourceType,
  schema: ResourceSchema = standardSchema(resourceType),
): boolean {
  return evaluateIn(filter, resource, (path) => {
    const index = indexOf(schema, path);
    return index === undefined ? undefined : findAttribute(index, path.name);
  });
}

/** Tells whether one element of a multi-valued attribute passes the filter in the brackets of a value path. */
export function evaluateElement(filter: Filter, element: Json, attribute: CompiledAttribute): boolean {
  const node = isAttributes(element) ? element : { value: element };
  return evaluateIn(filter, node, (path) =>
    attribute.type === "complex" ? findAttribute(attribute.sub, path.name) : attribute,
  );
}

type FindAttribute = (path: AttributePath) => CompiledAttribute | undefined;

function evaluateIn(filter: Filter, node: Attributes, find: FindAttribute): boolean {
  switch (filter.kind) {
    case "and":
      return filter.operands.every((operand) => evaluateIn(operand, node, find));
    case "or":
      return filter.operands.some((operand) => evaluateIn(operand, node, find));
    case "not":
      return !evaluateIn(filter.operand, node, find);
    case "present":
      return valuesAt(node, filter.path).some(isPresent);
    case "valuePath": {
      const attribute = find(filter.path);
      if (attribute === undefined) return false;
      return valuesAt(node, filter.path).some((element) => evaluateElement(filter.filter, element, attribute));
    }
    case "compare": {
      const attribute = find(filter.path);
      const named =
        attribute === undefined || filter.path.sub === undefined
          ? attribute
          : findAttribute(attribute.sub, filter.path.sub);
      return named !== undefined && compare(filter.op, valuesAt(node, filter.path), filter.value, named);
    }
  }
}

function indexOf(schema: ResourceSchema, path: AttributePath): AttributeIndex | undefined {
  return path.urn === undefined ? schema.attributes : schema.extensionByUrn.get(path.urn.toLowerCase())?.attributes;
}

function valuesAt(node: Attributes, path: AttributePath): Json[] {
  const container = path.urn === undefined ? node : ownValue(node, path.urn);
  if (!isAttributes(container)) return [];
  const whole = listOf(ownValue(container, path.name));
  const { sub } = path;
  if (sub === undefined) return whole;
  return whole.flatMap((element) => (isAttributes(element) ? listOf(ownValue(element, sub)) : []));
}

function listOf(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function isPresent(value: Json): boolean {
  if (value === null || value === "") return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return isAttributes(value) ? Object.values(value).some(isPresent) : true;
}

function compare(op: CompareOp, values: Json[], operand: FilterValue, attribute: CompiledAttribute): boolean {
  if (op === "ne") return !compare("eq", values, operand, attribute);
  if (operand === null) return values.length === 0;
  if (typeof operand !== "string") return values.some((value) => passes(op, orderOf(value, operand)));
  if (attribute.type === "dateTime" && op !== "co" && op !== "sw" && op !== "ew") {
    const wanted = instantOf(operand);
    return values.some((value) => typeof value === "string" && passes(op, orderOf(instantOf(value), wanted)));
  }
  const fold = attribute.caseExact ? (text: string) => text : foldCase;
  const wanted = fold(operand);
  return values.some((value) => typeof value === "string" && passesText(op, fold(value), wanted));
}

function passesText(op: CompareOp, text: string, wanted: string): boolean {
  if (op === "co") return text.includes(wanted);
  if (op === "sw") return text.startsWith(wanted);
  if (op === "ew") return text.endsWith(wanted);
  return passes(op, compareCodePoints(text, wanted));
}

/** Below, at or above zero as the left is before, equal to or after the right; NaN when they cannot be compared. */
function orderOf(left: Json, right: number | boolean): number {
  return typeof left === typeof right ? Number(left) - Number(right) : Number.NaN;
}

function passes(op: CompareOp, order: number): boolean {
  if (op === "eq") return order === 0;
  if (op === "gt") return order > 0;
  if (op === "ge") return order >= 0;
  if (op === "lt") return order < 0;
  return op === "le" && order <= 0;
}

/** Orders by code point, as databases order UTF-8; JavaScript's own order parts surrogates from the rest. */
function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  const others = right[Symbol.iterator]();
  for (const character of left) {
    const other = others.next();
    if (other.done === true) return 1;
    if (character !== other.value) return (character.codePointAt(0) ?? 0) - (other.value.codePointAt(0) ?? 0);
  }
  return -1;
}
