import type { AttributePath, CompareOp, Filter, ResourceType } from "@muster/scim";
import { sql } from "kysely";
import { emailKey } from "../email-keys.ts";
import { all, type Condition } from "./condition.ts";
import { prefixRange } from "./leaf.ts";
import type { Target } from "./target.ts";

/** Whose rows a list is made of. */
export type ListScope = { tenantId: string; directoryId: string };

/** A comparison with a text that everything that passes a filter also passes. */
export type LookUp = { op: CompareOp; value: string };

/** Finds such a comparison of the part `name` by one of these operators: the filter itself, or one of its `and`. */
export function lookUpIn(filter: Filter, name: string, ops: readonly CompareOp[]): LookUp | undefined {
  if (filter.kind === "and") {
    for (const operand of filter.operands) {
      const found = lookUpIn(operand, name, ops);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (filter.kind !== "compare" || filter.path.name !== name || filter.path.urn !== undefined) return undefined;
  return ops.includes(filter.op) && typeof filter.value === "string"
    ? { op: filter.op, value: filter.value }
    : undefined;
}

/** Lets `emails` be found by the table of their keys; what the JSON says still decides. */
export function withEmailKeys(target: Target, path: AttributePath, scope: ListScope): Target {
  const narrowed = (lookUp: LookUp | undefined, exact: Condition): Condition =>
    lookUp === undefined ? exact : all([foundByEmail(lookUp, scope), exact]);
  return {
    ...target,
    compare(op, value) {
      const isLookUp = (op === "eq" || op === "sw") && path.sub === "value" && typeof value === "string";
      return narrowed(isLookUp ? { op, value } : undefined, target.compare(op, value));
    },
    where: (filter) => narrowed(lookUpIn(filter, "value", ["eq", "sw"]), target.where(filter)),
  };
}

function foundByEmail({ op, value }: LookUp, { tenantId, directoryId }: ListScope): Condition {
  const key = sql.ref("k.email_key");
  const found = op === "eq" ? sql`${key} = ${emailKey(value)}` : prefixRange(key, emailKey(value));
  return sql`r.id in (select k.user_id from user_emails k where k.tenant_id = ${tenantId} and k.directory_id = ${directoryId} and ${found})`;
}

/** By which comparisons an index finds few resources; `[part]` stands for a comparison inside brackets. */
const INDEXED: Readonly<Record<ResourceType, Readonly<Record<string, readonly CompareOp[]>>>> = {
  User: {
    id: ["eq"],
    externalId: ["eq"],
    userName: ["eq", "sw"],
    "emails.value": ["eq", "sw"],
    "groups.value": ["eq"],
  },
  Group: { id: ["eq"], externalId: ["eq"], displayName: ["eq", "sw"], "members.value": ["eq"] },
};

/** Tells whether an index finds whatever passes this filter, so that nobody else need be looked at. */
export function isLookUp(filter: Filter, resourceType: ResourceType): boolean {
  switch (filter.kind) {
    case "and":
      return filter.operands.some((operand) => isLookUp(operand, resourceType));
    case "or":
      return filter.operands.every((operand) => isLookUp(operand, resourceType));
    case "not":
    case "present":
      return false;
    case "valuePath": {
      const ops = indexedBy(resourceType, { ...filter.path, sub: "value" });
      return lookUpIn(filter.filter, "value", ops) !== undefined;
    }
    case "compare":
      // The empty text begins every other.
      return (
        typeof filter.value === "string" &&
        indexedBy(resourceType, filter.path).includes(filter.op) &&
        (filter.op === "eq" || filter.value !== "")
      );
  }
}

function indexedBy(resourceType: ResourceType, path: AttributePath): readonly CompareOp[] {
  if (path.urn !== undefined) return [];
  const name = path.sub === undefined ? path.name : `${path.name}.${path.sub}`;
  const table = INDEXED[resourceType];
  return (Object.hasOwn(table, name) ? table[name] : undefined) ?? [];
}
