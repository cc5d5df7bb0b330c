import { enterpriseUserUrn } from "@muster/scim";
import type { MappingRow } from "./attributes/compile-mapping.ts";
import { COPIED, ENTERPRISE } from "./default-mapping.ts";

/** A row that copies, or computes, one place and leaves everything else as usual. */
export function mappingRow(target: string, expression: string, differs: Partial<MappingRow> = {}): MappingRow {
  return {
    target,
    expression,
    defaultValue: null,
    isRequired: false,
    isOnCreateOnly: false,
    doNotClear: false,
    ...differs,
  };
}

/** Roles that rules gave, the first one primary, as the product's own mapping writes them. */
export const ROLES_EXPRESSION = 'roles.map(role, {"value": role, "primary": role == roles[0]})';

/** The product's own mapping as rows: what a connection begins with, to be copied and changed. The same as `defaultMapping`. */
export const defaultRows: readonly MappingRow[] = [
  mappingRow("userName", "user.userName", { isRequired: true }),
  ...COPIED.map((name) => mappingRow(name, `user.${name}`)),
  mappingRow("roles", ROLES_EXPRESSION),
  ...ENTERPRISE.map((name) => mappingRow(`${enterpriseUserUrn}:${name}`, `enterprise.${name}`)),
];
