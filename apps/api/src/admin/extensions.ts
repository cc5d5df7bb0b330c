import { type Extension, type Extensions, operations } from "@muster/contract";
import { readExtensions, replaceExtensions } from "@muster/directory";
import type { AttributeDefinition, ExtensionDefinition } from "@muster/scim";
import { type AdminRoute, adminRoute } from "../route.ts";
import { ownerOfTenant } from "./owner.ts";

/** The extension schemas of a directory: what it keeps besides the standard attributes. */
export const extensionRoutes: readonly AdminRoute[] = [
  adminRoute(operations.getExtensions, async (deps, { scope, params }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    return show(await readExtensions(deps, owner, params.directoryId));
  }),
  adminRoute(operations.putExtensions, async (deps, { scope, params, body }) => {
    const owner = await ownerOfTenant(deps, scope, params.tenantId);
    const input = { directoryId: params.directoryId, extensions: body.extensions };
    return show(await replaceExtensions(deps, owner, input));
  }),
];

function show(extensions: readonly ExtensionDefinition[]): Extensions {
  return { extensions: extensions.map(showExtension) };
}

function showExtension({ resourceType, definition }: ExtensionDefinition): Extension {
  const { id, name, description, attributes } = definition;
  return { resourceType, id, name, description, attributes: attributes.map(showAttribute) };
}

function showAttribute(attribute: AttributeDefinition): Extension["attributes"][number] {
  const { subAttributes, mutability } = attribute;
  return {
    ...showCommon(attribute),
    mutability: mutability === "immutable" ? "immutable" : "readWrite",
    type: attribute.type,
    ...(subAttributes === undefined ? {} : { subAttributes: subAttributes.map(showPart) }),
  };
}

type Part = NonNullable<Extension["attributes"][number]["subAttributes"]>[number];

function showPart(part: AttributeDefinition): Part {
  return { ...showCommon(part), type: part.type === "complex" ? "string" : part.type };
}

function showCommon({ name, description, multiValued, caseExact, returned, canonicalValues }: AttributeDefinition) {
  return {
    name,
    description,
    multiValued,
    caseExact,
    returned: returned === "request" ? ("request" as const) : ("default" as const),
    ...(canonicalValues === undefined ? {} : { canonicalValues: [...canonicalValues] }),
  };
}
