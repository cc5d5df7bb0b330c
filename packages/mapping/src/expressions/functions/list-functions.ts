import { type CelFunc, type CelValue, isCelMap } from "@bufbuild/cel";
import { noAttributes } from "../person-values.ts";
import { elementsOf, textOf, valueFunction } from "./arguments.ts";

/** The functions on SCIM's multi-valued attributes (RFC 7643 §2.4); without a match they give an element without parts. */
export function listFunctions(): CelFunc[] {
  return [
    // The element that is primary, else the first.
    valueFunction("primary", 1, (value) => {
      const elements = elementsOf(value);
      return elements.find((element) => partOf(element, "primary") === true) ?? elements[0] ?? noAttributes();
    }),
    valueFunction("ofType", 2, (value, type) => {
      const sought = textOf(type, "ofType")?.toLowerCase();
      const isSought = (element: CelValue): boolean => {
        const own = partOf(element, "type");
        return typeof own === "string" && own.toLowerCase() === sought;
      };
      return elementsOf(value).find(isSought) ?? noAttributes();
    }),
  ];
}

function partOf(element: CelValue, name: string): CelValue {
  return isCelMap(element) ? (element.get(name) ?? null) : null;
}
