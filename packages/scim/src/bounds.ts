import { foldCase } from "./fold-case.ts";
import { type Attributes, isAttributes, type Json } from "./json.ts";
import { maxIdentifierCharacters, maxResourceCharacters } from "./limits.ts";
import { ScimError } from "./scim-error.ts";

/**
 * Reads a required name out of a draft.
 *
 * @throws {ScimError} 400 `invalidValue` if it is missing, blank or too long
 */
export function requireName(value: Json | undefined, name: string): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new ScimError(400, "invalidValue", `${name} is required; send it as a string that is not empty`);
  }
  return requireIdentifier(value, name);
}

/** Checks the length before and after case folding, since the folded form is what gets indexed. */
export function requireIdentifier(value: string, name: string): string {
  if (value.length > maxIdentifierCharacters || foldCase(value).length > maxIdentifierCharacters) {
    throw new ScimError(400, "invalidValue", `${name} is longer than ${maxIdentifierCharacters} characters`);
  }
  return value;
}

/**
 * Bounds a whole resource, so that many small changes cannot grow it for ever.
 *
 * @throws {ScimError} 400 `invalidValue`
 */
export function requireBounded(attributes: Attributes): Attributes {
  if (measure(attributes) > maxResourceCharacters) {
    throw new ScimError(
      400,
      "invalidValue",
      `The attributes together are longer than ${maxResourceCharacters} characters`,
    );
  }
  return attributes;
}

/** About the length of a stored value as JSON; drafts are as deep as their schema, so recursion is bounded. */
export function measure(value: Json | undefined): number {
  if (typeof value === "string") return value.length + 2;
  if (Array.isArray(value)) return value.reduce((sum: number, element) => sum + 1 + measure(element), 2);
  if (!isAttributes(value)) return 5;
  let sum = 2;
  for (const name of Object.keys(value)) sum += name.length + 4 + measure(value[name]);
  return sum;
}
