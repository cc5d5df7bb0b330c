import { type CelValue, isCelList, isCelMap, isCelUint } from "@bufbuild/cel";
import type { Attributes, Json } from "@muster/scim";
import { EvaluationError } from "./expression-problem.ts";

const NO_BYTES = "gives bytes: use convertToBase64(...) for a text";
const NO_MESSAGE = "gives a date or a duration: use string(...) for a text";

/** Turns what an expression gives into JSON; whole numbers stay whole as far as JSON can hold them. */
export function toJson(value: CelValue): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return fromNumber(value);
  if (typeof value === "bigint") return fromInteger(value);
  if (isCelUint(value)) return fromInteger(value.value);
  if (isCelList(value)) return [...value].map(toJson);
  if (isCelMap(value)) {
    const object: Attributes = {};
    for (const [name, part] of value.entries()) {
      if (typeof name !== "string" || name === "__proto__")
        throw new EvaluationError(`gives an object with the key ${String(name)}: names must be texts`);
      object[name] = toJson(part);
    }
    return object;
  }
  throw new EvaluationError(value instanceof Uint8Array ? NO_BYTES : NO_MESSAGE);
}

function fromNumber(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new EvaluationError(`gives ${value}, which JSON cannot hold`);
}

function fromInteger(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new EvaluationError(`gives ${value}, which JSON cannot hold exactly: use string(...)`);
}
