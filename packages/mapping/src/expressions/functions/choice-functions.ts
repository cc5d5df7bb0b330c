import type { CelFunc, CelValue } from "@bufbuild/cel";
import { EvaluationError } from "../expression-problem.ts";
import { elementsOf, isEmpty, textOf, valueFunction, variadicFunction, wholeOf } from "./arguments.ts";

/** The functions that choose a value or look at one, by the names that people know from Entra ID. */
export function choiceFunctions(): CelFunc[] {
  return [
    // The value, what to give when nothing fits, then pairs of a key and what to give for it.
    ...variadicFunction("switch", 2, ([value = null, otherwise = null, ...pairs]) => {
      if (pairs.length % 2 === 1)
        throw new EvaluationError("switch(...) takes pairs after the default: a key and its value");
      for (let place = 0; place < pairs.length; place += 2)
        if (isSameKey(value, pairs[place] ?? null)) return pairs[place + 1] ?? null;
      return otherwise;
    }),
    ...variadicFunction("coalesce", 1, (values) => values.find((value) => !isEmpty(value)) ?? null),
    valueFunction("isNullOrEmpty", 1, isEmpty),
    valueFunction("isPresent", 1, (value) => !isEmpty(value)),
    valueFunction("isNull", 1, (value) => value === null),
    valueFunction("isString", 1, (value) => typeof value === "string"),
    valueFunction("cBool", 1, toBoolean),
    valueFunction("cStr", 1, (value) => textOf(value, "cStr")),
    valueFunction("count", 1, (value) => BigInt(elementsOf(value).length)),
    // Places count from 1, as where the function comes from.
    valueFunction("item", 2, (value, place) => elementsOf(value)[wholeOf(place, "item") - 1] ?? null),
    valueFunction("removeDuplicates", 1, (value) => {
      const seen = new Set<string>();
      return elementsOf(value).filter((element) => {
        const key = textOf(element, "removeDuplicates") ?? "";
        return seen.has(key) ? false : seen.add(key);
      });
    }),
    valueFunction("bitAnd", 2, (left, right) => BigInt(wholeOf(left, "bitAnd")) & BigInt(wholeOf(right, "bitAnd"))),
  ];
}

/** Keys are compared as texts; truth values whatever their case, because Entra writes True and SCIM true. */
function isSameKey(value: CelValue, key: CelValue): boolean {
  const [text, sought] = [textOf(value, "switch"), textOf(key, "switch")];
  if (text === null || sought === null) return text === sought;
  if (typeof value === "boolean" || typeof key === "boolean") return text.toLowerCase() === sought.toLowerCase();
  return text === sought;
}

function toBoolean(value: CelValue): boolean | null {
  const text = textOf(value, "cBool")?.trim().toLowerCase() ?? null;
  if (text === null || text === "") return null;
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new EvaluationError(`cBool(...) takes true or false, not "${text.slice(0, 40)}"`);
}
