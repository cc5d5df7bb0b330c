import type { FuncKeywordDefinition } from "ajv/dist/2020.js";
import type { DataValidateFunction } from "ajv/dist/types/index.js";

// No standard keyword asks that one member of the items be unique; as an x- member the schema stays valid in OpenAPI.
function compileUniqueBy(member: string): DataValidateFunction {
  const validate: DataValidateFunction = (items: unknown[]) => {
    const index = firstRepeat(items, member);
    if (index === undefined) return true;
    validate.errors = [{ keyword: "x-uniqueBy", params: { index, member } }];
    return false;
  };
  return validate;
}

function firstRepeat(items: readonly unknown[], member: string): number | undefined {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (typeof item !== "object" || item === null || !Object.hasOwn(item, member)) continue;
    const value: unknown = Reflect.get(item, member);
    if (typeof value !== "string") continue;
    if (seen.has(value.toLowerCase())) return index;
    seen.add(value.toLowerCase());
  }
  return undefined;
}

/** The ajv keyword `x-uniqueBy: "member"`: no two items of an array share that text member, without regard to case (V02). */
export const uniqueByKeyword: FuncKeywordDefinition = {
  keyword: "x-uniqueBy",
  type: "array",
  schemaType: "string",
  errors: "full",
  compile: compileUniqueBy,
};
