import { isKnownName, type KnownNames } from "./known-names.ts";
import { isOwnForm, isPublicWord, isSchemaUri, maskExpression, maskOf } from "./mask-text.ts";

export type MaskedJson = null | boolean | string | MaskedJson[] | { [name: string]: MaskedJson };

/** A PATCH of 10,000 members shows its first ones and a count. */
const MAX_ELEMENTS = 20;
const MAX_MEMBERS = 50;
/** What a record may take, in characters of JSON; 8 KB with the marks of what was left out. */
const MAX_CHARACTERS = 7_500;
const LEFT_OUT = "left out";
/** Names from outside are shown in this form only; anything else could be a value that was sent as a name. */
const PLAIN_NAME = /^[A-Za-z$][A-Za-z0-9_$.:-]{0,59}$/;

/** Where a value stands: what its name allows it to show. */
type Place = "hidden" | "id" | "schemas" | "path" | "expression" | "other";
const PLACES: Readonly<Record<string, Place>> = {
  id: "id",
  value: "id",
  members: "id",
  schemas: "schemas",
  path: "path",
  filter: "expression",
  attributes: "expression",
  excludedattributes: "expression",
  sortby: "expression",
  password: "hidden",
};

type Masking = { names: KnownNames; left: number };

/**
 * Masks a request's body by an allow-list (K5): structure, and names that a schema knows, stay; so do booleans, schema
 * URIs, paths without their literals, our own ids and words like "work". Any other value becomes its kind and length,
 * a password not even that. Nothing that is not allowed here is ever kept, and the result is bounded at 8 KB.
 */
export function maskBody(body: unknown, names: KnownNames): MaskedJson {
  return maskValue({ names, left: MAX_CHARACTERS }, body, "other");
}

function maskValue(masking: Masking, value: unknown, place: Place): MaskedJson {
  if (masking.left <= 0) return LEFT_OUT;
  if (typeof value === "string") return spend(masking, maskString(masking, value, place));
  if (typeof value === "boolean" || value === null || value === undefined) {
    masking.left -= 6;
    return value ?? null;
  }
  if (Array.isArray(value)) return maskArray(masking, value, place);
  if (typeof value === "object") return maskObject(masking, value, place);
  return spend(masking, "number");
}

function maskString(masking: Masking, value: string, place: Place): string {
  if (place === "hidden") return "hidden";
  if (isPublicWord(value)) return value;
  if (place === "id" && isOwnForm(value)) return value;
  if (place === "schemas" && isSchemaUri(value)) return value;
  if (place === "path" && value.startsWith("/")) return maskOf(value);
  if (place === "path" || place === "expression") return maskExpression(value, masking.names);
  return maskOf(value);
}

/** Counts what a text takes as JSON, where quotation marks take two; a text that no longer fits ends the body. */
function spend(masking: Masking, text: string): string {
  const length = text.includes('"') ? JSON.stringify(text).length + 1 : text.length + 3;
  const fits = length <= masking.left;
  masking.left = fits ? masking.left - length : 0;
  return fits ? text : LEFT_OUT;
}

function maskArray(masking: Masking, values: readonly unknown[], place: Place): MaskedJson[] {
  const masked: MaskedJson[] = [];
  masking.left -= 3;
  for (const value of values) {
    if (masked.length === MAX_ELEMENTS || masking.left <= 0) {
      masked.push(`and ${values.length - masked.length} more`);
      break;
    }
    masked.push(maskValue(masking, value, place));
  }
  return masked;
}

function maskObject(masking: Masking, object: object, place: Place): MaskedJson {
  const masked: { [name: string]: MaskedJson } = {};
  const keys = Object.keys(object);
  const target = placeOfTarget(object);
  masking.left -= 3;
  let shown = 0;
  for (const key of keys) {
    if (shown === MAX_MEMBERS || masking.left <= 0) {
      masked["..."] = `and ${keys.length - shown} more`;
      break;
    }
    shown += 1;
    const isKnown = isKnownName(masking.names, key);
    const name = isKnown ? key : nameOf(masked, maskName(key, masking.names));
    spend(masking, name);
    const value: unknown = Reflect.get(object, key);
    const inner = key === "value" && target !== undefined ? target : placeOf(key);
    masked[name] = maskValue(masking, value, place === "hidden" ? place : inner);
  }
  return masked;
}

function placeOf(key: string): Place {
  const lower = key.toLowerCase();
  // Whatever spells it: "urn:...:User:password" is a password too.
  if (lower.includes("password")) return "hidden";
  return Object.hasOwn(PLACES, lower) ? (PLACES[lower] ?? "other") : "other";
}

/** Of `{"op": ..., "path": "password", "value": ...}` the path says what the value is. */
function placeOfTarget(object: object): Place | undefined {
  const path: unknown = "path" in object ? object.path : undefined;
  return typeof path === "string" && /password/i.test(path) ? "hidden" : undefined;
}

/** A name that no schema knows, quoted; a path as a key keeps what is known of it. */
function maskName(key: string, names: KnownNames): string {
  if (isSchemaUri(key)) return `"${key}"`;
  if (PLAIN_NAME.test(key)) return key.includes(".") || key.includes(":") ? maskExpression(key, names) : `"${key}"`;
  if (key.length <= 300 && key.includes("[")) return maskExpression(key, names);
  return `name(${key.length})`;
}

/** Two names may look alike once masked. */
function nameOf(taken: object, name: string): string {
  if (!Object.hasOwn(taken, name)) return name;
  for (let count = 2; ; count += 1) {
    const numbered = `${name} #${count}`;
    if (!Object.hasOwn(taken, numbered)) return numbered;
  }
}
