import {
  type CelFunc,
  CelScalar,
  type CelValue,
  celFunc,
  celListConcat,
  celMethod,
  isCelList,
  isCelMap,
  listType,
} from "@bufbuild/cel";
import { EvaluationError } from "./expression-problem.ts";
import { replaceAll } from "./functions/text-functions.ts";
import { type Expr, partsOf } from "./inspect-expression.ts";
import { expressionLimits } from "./limits.ts";
import type { Meter } from "./meter.ts";

const { BOOL, DYN, INT, STRING } = CelScalar;
const LIST = listType(DYN);
/** Names that nobody can write: `@` begins no identifier of CEL. */
const TURN = "@turn";
const WEIGH = "@weigh";

/**
 * Puts the meter into an expression, in place: each turn of a loop is paid for by what is in the loop, and each list or
 * object that is made is weighed with everything inside it. What else an evaluation costs is bounded by the expression's
 * own size and by `meteredFunctions`. Gives the number of parts; recursion is safe because the depth was inspected.
 */
export function meterExpression(expr: Expr): number {
  const counts = new Map(partsOf(expr).map((part) => [part, meterExpression(part)]));
  const { exprKind } = expr;
  if (exprKind.case === "comprehensionExpr") {
    const { loopCondition: goesOn, loopStep: step } = exprKind.value;
    if (goesOn !== undefined && step !== undefined) {
      const perTurn = (counts.get(goesOn) ?? 0) + (counts.get(step) ?? 0);
      exprKind.value.loopCondition = call(goesOn.id, TURN, [goesOn, whole(goesOn.id, perTurn)]);
    }
  }
  if (exprKind.case === "listExpr" || exprKind.case === "structExpr")
    expr.exprKind = call(expr.id, WEIGH, [{ ...expr, exprKind }]).exprKind;
  return [...counts.values()].reduce((sum, count) => sum + count, 1);
}

/** What the meter in an expression calls, and CEL's own functions that could make something large, with its limits. */
export function meteredFunctions(meter: Meter): CelFunc[] {
  const weights = new WeakMap<object, number>();
  /** How many values are in a value, those that are in it twice counted twice. */
  const weightOf = (value: CelValue): number => {
    if (!isCelList(value) && !isCelMap(value)) return 1;
    const known = weights.get(value);
    if (known !== undefined) return known;
    let weight = 1;
    for (const part of value.values()) weight += weightOf(part);
    weights.set(value, weight);
    return weight;
  };
  const weighed = <Value extends CelValue>(value: Value): Value => {
    if (isCelList(value)) meter.list(value.size);
    if (weightOf(value) > expressionLimits.weight) throw new EvaluationError("makes lists within lists without end");
    return value;
  };
  return [
    celFunc(TURN, [BOOL, INT], BOOL, (goesOn, parts) => {
      meter.spend(Number(parts));
      return goesOn;
    }),
    celFunc(WEIGH, [DYN], DYN, weighed),
    celFunc("_+_", [LIST, LIST], LIST, (left, right) => {
      meter.list(left.size + right.size);
      const both = celListConcat(left, right);
      weights.set(both, weightOf(left) + weightOf(right) - 1);
      return weighed(both);
    }),
    celFunc("_+_", [STRING, STRING], STRING, (left, right) => {
      meter.text(left.length + right.length);
      return left + right;
    }),
    celMethod("replace", STRING, [STRING, STRING], STRING, function (part, by) {
      return replaceAll(meter, this, part, by);
    }),
    celMethod("split", STRING, [STRING], LIST, function (separator) {
      const pieces = this.split(separator);
      meter.list(pieces.length);
      return pieces;
    }),
    celMethod("join", LIST, [STRING], STRING, function (separator) {
      return joined(meter, this, separator);
    }),
    celMethod("join", LIST, [], STRING, function () {
      return joined(meter, this, "");
    }),
  ];
}

function joined(meter: Meter, list: Iterable<CelValue>, separator: string): string {
  const texts: string[] = [];
  let length = 0;
  for (const text of list) {
    if (typeof text !== "string") throw new EvaluationError("join(...) takes a list of texts");
    length += text.length + separator.length;
    texts.push(text);
  }
  meter.text(Math.max(0, length - separator.length));
  return texts.join(separator);
}

function call(id: bigint, name: string, args: Expr[]): Expr {
  return {
    $typeName: "cel.expr.Expr",
    id,
    exprKind: { case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: name, args } },
  };
}

function whole(id: bigint, value: number): Expr {
  const constantKind = { case: "int64Value", value: BigInt(value) } as const;
  return {
    $typeName: "cel.expr.Expr",
    id,
    exprKind: { case: "constExpr", value: { $typeName: "cel.expr.Constant", constantKind } },
  };
}
