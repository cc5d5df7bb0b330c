import {
  type CelFunc,
  type CelInput,
  CelScalar,
  type CelValue,
  celFunc,
  isCelList,
  isCelMap,
  isCelUint,
} from "@bufbuild/cel";
import { EvaluationError } from "../expression-problem.ts";

const { DYN } = CelScalar;
/** Arguments of a function that takes any number. */
const MOST_ARGUMENTS = 24;

/** Declares a function of as many values as its implementation takes. */
export function valueFunction(
  name: string,
  arity: number,
  implementation: (...values: CelValue[]) => CelInput,
): CelFunc {
  return celFunc(name, Array<typeof DYN>(arity).fill(DYN), DYN, (...values: CelValue[]) => implementation(...values));
}

/** Declares a function of any number of values, from `least` on: CEL knows each count as an overload. */
export function variadicFunction(
  name: string,
  least: number,
  implementation: (values: readonly CelValue[]) => CelInput,
): CelFunc[] {
  return Array.from({ length: MOST_ARGUMENTS - least + 1 }, (_, more) =>
    valueFunction(name, least + more, (...values) => implementation(values)),
  );
}

/** A text or what writes as one; null stays null. */
export function textOf(value: CelValue, name: string): string | null {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean" || typeof value === "bigint" || typeof value === "number") return String(value);
  if (isCelUint(value)) return String(value.value);
  throw new EvaluationError(`${name}(...) takes a text, not ${kindOf(value)}`);
}

/** A whole number; whatever else it is, is refused. */
export function wholeOf(value: CelValue, name: string): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number)) return number;
  throw new EvaluationError(`${name}(...) takes a whole number there, not ${kindOf(value)}`);
}

/** The elements of a list; none for null, and a single value is a list of one. */
export function elementsOf(value: CelValue): readonly CelValue[] {
  if (value === null) return [];
  return isCelList(value) ? [...value] : [value];
}

/** Null, an empty text or an empty list: no value, as far as a mapping is concerned. */
export function isEmpty(value: CelValue): boolean {
  return value === null || value === "" || ((isCelList(value) || isCelMap(value)) && value.size === 0);
}

function kindOf(value: CelValue): string {
  if (value === null) return "nothing";
  if (isCelList(value)) return "a list";
  if (isCelMap(value)) return "an object";
  if (typeof value === "string") return "a text";
  return typeof value === "boolean" ? "true or false" : "what it got";
}
