import { type Attributes, equalJson, isAttributes, type Json, ownValue } from "./json.ts";
import type { ResourceSchema } from "./schemas/registry.ts";
import { ScimError } from "./scim-error.ts";

/**
 * Refuses a change of immutable attributes: they may be given once and then neither changed nor removed.
 *
 * @throws {ScimError} 400 `mutability`
 * @see RFC 7643 §7, RFC 7644 §3.5.2
 */
export function requireImmutable(before: Attributes, after: Attributes, schema: ResourceSchema): void {
  for (const { urn, name } of immutableIn(schema)) {
    const present = valueAt(before, urn, name);
    if (present === undefined || equalJson(present, valueAt(after, urn, name))) continue;
    throw new ScimError(400, "mutability", `${urn}:${name} is immutable and has a value already; leave it out`);
  }
}

/**
 * Makes the attributes that a PUT leads to: immutable ones that it leaves out stay, another value is refused.
 *
 * @throws {ScimError} 400 `mutability`
 * @see RFC 7644 §3.5.1
 */
export function carryImmutable(before: Attributes, sent: Attributes, schema: ResourceSchema): Attributes {
  const carried: Attributes = { ...sent };
  for (const { urn, name } of immutableIn(schema)) {
    const present = valueAt(before, urn, name);
    if (present === undefined || valueAt(carried, urn, name) !== undefined) continue;
    const container = ownValue(carried, urn);
    carried[urn] = { ...(isAttributes(container) ? container : {}), [name]: present };
  }
  requireImmutable(before, carried, schema);
  return carried;
}

/** Only extensions have immutable attributes of their own; those of group members are the ledger's to refuse. */
function immutableIn(schema: ResourceSchema): { urn: string; name: string }[] {
  return schema.extensions.flatMap(({ urn, definition }) =>
    definition.attributes.flatMap(({ name, mutability }) => (mutability === "immutable" ? [{ urn, name }] : [])),
  );
}

function valueAt(attributes: Attributes, urn: string, name: string): Json | undefined {
  const container = ownValue(attributes, urn);
  return isAttributes(container) ? ownValue(container, name) : undefined;
}
