import { type Attributes, enterpriseUserUrn, groupUrn, isAttributes, type Json, userUrn } from "@muster/scim";

/** The one schema of users, groups and everything else in SCIM 1.1 (core schema, section 6). */
export const coreUrn = "urn:scim:schemas:core:1.0";
const enterpriseUrn = "urn:scim:schemas:extension:enterprise:1.0";

export type ResourceKind = "User" | "Group";

/** The URN of an extension as SCIM 1.1 has it; one that it does not know stays as it is. */
export const toOldUrn = (urn: string): string => (same(urn, enterpriseUserUrn) ? enterpriseUrn : urn);
const toNewUrn = (urn: string): string => (same(urn, enterpriseUrn) ? enterpriseUserUrn : urn);

/**
 * Writes a user or a group of RFC 7643 as SCIM 1.1 has it: one core schema, the enterprise extension under its own URN, and the manager by
 * `managerId` in it.
 */
export function toOld(resource: Attributes): Attributes {
  const { schemas: _schemas, ...rest } = resource;
  const entries = Object.entries(rest).map(([name, value]): [string, Json] => [toOldUrn(name), oldValue(name, value)]);
  const extensions = entries.map(([name]) => name).filter((name) => name.includes(":"));
  return { schemas: [coreUrn, ...extensions], ...Object.fromEntries(entries) };
}

/** Reads a user or a group of SCIM 1.1 as one of RFC 7643; whatever it does not know stays. */
export function fromOld(resource: Attributes, kind: ResourceKind): Attributes {
  const { schemas: _schemas, ...rest } = resource;
  const entries = Object.entries(rest).map(([name, value]): [string, Json] => [toNewUrn(name), newValue(name, value)]);
  const extensions = entries.map(([name]) => name).filter((name) => name.includes(":"));
  return { schemas: [kind === "User" ? userUrn : groupUrn, ...extensions], ...Object.fromEntries(entries) };
}

/** A value of the enterprise extension's `manager`, or of a part of it, as SCIM 1.1 names its parts. */
export function oldManager(manager: Json): Json {
  return isAttributes(manager) ? renamed(manager, "value", "managerId") : manager;
}

function oldValue(name: string, value: Json): Json {
  if (!same(name, enterpriseUserUrn) || !isAttributes(value)) return value;
  return withManager(value, oldManager);
}

function newValue(name: string, value: Json): Json {
  if (!same(name, enterpriseUrn) || !isAttributes(value)) return value;
  return withManager(value, (manager) => (isAttributes(manager) ? renamed(manager, "managerId", "value") : manager));
}

function withManager(extension: Attributes, translate: (manager: Json) => Json): Attributes {
  const { manager } = extension;
  return manager === undefined ? extension : { ...extension, manager: translate(manager) };
}

function renamed(object: Attributes, from: string, to: string): Attributes {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name === from ? to : name, value]));
}

/** URNs are compared without case (RFC 8141 section 3.1, for what follows the namespace by those who define it). */
const same = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();
