import type { ErrorObject } from "ajv/dist/2020.js";
import type { Issue } from "./contract-error.ts";
import { formatPhrases } from "./primitives.ts";

// More than a form can show; the rest appears once these are mended.
const MAX_ISSUES = 20;
const MAX_NAME_LENGTH = 100;

/**
 * Turns ajv's errors into at most 20 issues, one per member, whose messages name the member, the rule and the fix.
 * The values that were sent are left out: they may be secrets.
 */
export function describeIssues(root: string, errors: readonly ErrorObject[]): Issue[] {
  const issues = new Map<string, Issue>();
  for (const error of errors) {
    if (issues.size === MAX_ISSUES) break;
    const place = placeOf(error);
    const path = place.map((segment) => `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    if (!issues.has(path)) {
      issues.set(path, { path, rule: ruleOf(error), message: `${labelOf(root, place)} ${complaintOf(error)}` });
    }
  }
  return [...issues.values()];
}

function placeOf(error: ErrorObject): string[] {
  const segments = error.instancePath
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  const { additionalProperty, missingProperty, index, member, tag } = error.params;
  if (error.keyword === "additionalProperties") return [...segments, shorten(String(additionalProperty))];
  if (error.keyword === "required") return [...segments, String(missingProperty)];
  if (error.keyword === "x-uniqueBy") return [...segments, String(index), String(member)];
  if (error.keyword === "discriminator") return [...segments, String(tag)];
  return segments;
}

function shorten(name: string): string {
  return (name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}...` : name).toWellFormed();
}

// roles[0].key; a name that is not a plain word is quoted, with its control characters escaped.
function labelOf(root: string, place: readonly string[]): string {
  if (place.length === 0) return `the ${root}`;
  const steps = place.map((segment) => {
    if (/^\d+$/.test(segment)) return `[${segment}]`;
    return /^\w+$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
  });
  return steps.join("").replace(/^\./, "");
}

function ruleOf(error: ErrorObject): string {
  switch (error.keyword) {
    case "additionalProperties":
      return "unknown";
    case "x-uniqueBy":
      return "unique";
    case "discriminator":
    case "const":
      return "enum";
    default:
      return error.keyword;
  }
}

function complaintOf(error: ErrorObject): string {
  const schema: Record<string, unknown> = error.parentSchema ?? {};
  switch (error.keyword) {
    case "required":
      return "is missing: add it";
    case "additionalProperties":
      return `is not taken here: leave it out (${knownMembers(schema)})`;
    case "minProperties":
      return `is empty: give at least one member (${knownMembers(schema)})`;
    case "maxItems":
      return `has too many items: give at most ${String(schema.maxItems)}`;
    case "minItems":
      return `has too few items: give at least ${String(schema.minItems)}`;
    case "uniqueItems":
      return "has an item twice: give each once";
    case "x-uniqueBy":
      return "repeats an earlier one (capital and small letters count as the same): make each unique";
    case "discriminator":
      return `must be one of ${listWords(tagsOf(schema, String(error.params.tag)))}`;
    case "enum":
      return `must be one of ${listWords(schema.enum)}`;
    case "const":
      return `must be ${JSON.stringify(schema.const)}`;
    default:
      return `must be ${expected(schema)}`;
  }
}

function knownMembers(schema: Record<string, unknown>): string {
  const names = Object.keys(schema.properties ?? {});
  return names.length === 0 ? "nothing is taken" : `taken: ${names.join(", ")}`;
}

function listWords(words: unknown): string {
  return Array.isArray(words) ? words.map((word) => JSON.stringify(word)).join(", ") : "";
}

function tagsOf(schema: Record<string, unknown>, tagName: string): unknown[] {
  const branches = Array.isArray(schema.oneOf) ? schema.oneOf : [];
  return branches.map(
    (branch: { properties?: Record<string, { const?: unknown }> }) => branch.properties?.[tagName]?.const,
  );
}

const TYPE_PHRASES: ReadonlyMap<string, string> = new Map([
  ["object", "an object"],
  ["array", "a list"],
  ["boolean", "true or false"],
  ["number", "a number"],
  ["null", "null"],
]);

// Where a description says what such a value is for, its format still says what it must be.
const FORMAT_PHRASES: ReadonlyMap<unknown, string> = new Map(Object.entries(formatPhrases));

// What a schema takes, in words. The description of a string in this package completes "must be ...", unless its format does.
function expected(schema: Record<string, unknown>): string {
  const types: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.map((type) => expectedType(String(type), schema)).join(" or ");
}

function expectedType(type: string, schema: Record<string, unknown>): string {
  if (type === "integer") return `a whole number${rangeOf(schema)}`;
  if (type !== "string") return TYPE_PHRASES.get(type) ?? type;
  if ("enum" in schema) return `one of ${listWords(schema.enum)}`;
  if ("const" in schema) return JSON.stringify(schema.const);
  const { format, description } = schema;
  return FORMAT_PHRASES.get(format) ?? (typeof description === "string" ? description : "text");
}

function rangeOf(schema: Record<string, unknown>): string {
  const { minimum, maximum } = schema;
  if (minimum === undefined) return "";
  return maximum === undefined ? ` not under ${String(minimum)}` : ` from ${String(minimum)} to ${String(maximum)}`;
}
