import type { AttributePath } from "./attribute-path.ts";
import type { AttributeType } from "./schemas/definition.ts";

/** The order of a list. A complex attribute is sorted by its `value`, a multi-valued one by its primary or first element. */
export type Sort = {
  path: AttributePath;
  type: AttributeType;
  caseExact: boolean;
  multiValued: boolean;
  order: "ascending" | "descending";
};
