import type { CelInput } from "@bufbuild/cel";
import { type Attributes, foldCase, isAttributes, type Json, ownValue } from "@muster/scim";

/** Attributes of RFC 7643 §4.1 with several values, and those with parts: without a value they are empty, not missing. */
const LISTS = [
  "emails",
  "phoneNumbers",
  "ims",
  "photos",
  "addresses",
  "groups",
  "entitlements",
  "roles",
  "x509Certificates",
];
const COMPLEX = ["name"];

/**
 * Attributes as an expression sees them: found by name whatever their case (RFC 7643 §2.1), and null where there is no
 * value, so that `user.title` of somebody without a title is no error. `has(user.title)` tells. A copy keeps the spelling.
 */
class AttributeMap extends Map<string, CelInput> {
  readonly #spelling = new Map<string, string>();

  override get(name: string): CelInput {
    return super.get(this.#spelled(name)) ?? null;
  }

  override has(name: string): boolean {
    return super.has(this.#spelled(name));
  }

  override set(name: string, value: CelInput): this {
    const spelled = this.#spelled(name);
    this.#spelling.set(foldCase(name), spelled);
    return super.set(spelled, value);
  }

  #spelled(name: string): string {
    return typeof name === "string" ? (this.#spelling.get(foldCase(name)) ?? name) : name;
  }
}

/** An object that answers null to every name. */
export function noAttributes(): ReadonlyMap<string, CelInput> {
  return new AttributeMap();
}

/** Turns a person's attributes into what `user` is in an expression. */
export function personValues(attributes: Attributes): ReadonlyMap<string, CelInput> {
  const user = toMap(attributes);
  for (const name of LISTS) if (!user.has(name)) user.set(name, []);
  for (const name of COMPLEX) if (user.get(name) === null) user.set(name, new AttributeMap());
  return user;
}

/** An extension of a person, empty where there is none: what `enterprise` is in an expression. */
export function extensionValues(attributes: Attributes, urn: string): ReadonlyMap<string, CelInput> {
  const extension = ownValue(attributes, urn);
  return isAttributes(extension) ? toMap(extension) : noAttributes();
}

/** Turns any JSON into what an expression reads; names within it are found as those of a person are. */
export function jsonValue(value: Json): CelInput {
  return toValue(value);
}

function toMap(attributes: Attributes): AttributeMap {
  const map = new AttributeMap();
  for (const [name, value] of Object.entries(attributes)) map.set(name, toValue(value));
  return map;
}

function toValue(value: Json): CelInput {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "object" && value !== null) return toMap(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}
