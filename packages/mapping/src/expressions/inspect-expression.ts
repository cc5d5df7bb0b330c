import type { parse } from "@bufbuild/cel";
import type { ExpressionProblem } from "./expression-problem.ts";
import { expressionLimits } from "./limits.ts";

/** A part of a parsed expression, in CEL's own syntax tree. */
export type Expr = ReturnType<typeof parse>["expr"];

/** What an expression may name. */
export type KnownNames = { variables: ReadonlySet<string>; isFunction(name: string): boolean };

/** Types are values in CEL and may be named anywhere. */
const TYPES = new Set(["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"]);

/**
 * Looks at a parsed expression before it is ever evaluated: how large it is, and whether every name means something.
 * Without recursion, because how deep the tree is has not been found out yet.
 */
export function inspectExpression(root: Expr, known: KnownNames): ExpressionProblem | undefined {
  let parts = 0;
  const waiting: { expr: Expr; depth: number; own: ReadonlySet<string> }[] = [{ expr: root, depth: 1, own: new Set() }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { expr, depth, own } = next;
    parts += 1;
    if (parts > expressionLimits.parts) return problem(`has more than ${expressionLimits.parts} parts`);
    if (depth > expressionLimits.depth) return problem(`is nested more than ${expressionLimits.depth} levels deep`);
    const unknown = unknownName(expr, known, own);
    if (unknown !== undefined) return unknown;
    const bound = boundNames(expr, own);
    const namespace = isQualified(expr, known) ? targetOf(expr) : undefined;
    for (const child of partsOf(expr))
      if (child !== namespace) waiting.push({ expr: child, depth: depth + 1, own: bound });
  }
  return undefined;
}

function unknownName(expr: Expr, known: KnownNames, own: ReadonlySet<string>): ExpressionProblem | undefined {
  const { exprKind } = expr;
  if (exprKind.case === "identExpr") {
    const { name } = exprKind.value;
    if (known.variables.has(name) || own.has(name) || TYPES.has(name)) return undefined;
    return problem(`names "${name}", which there is not: ${[...known.variables].join(", ")} are there`);
  }
  if (exprKind.case === "structExpr" && exprKind.value.messageName !== "")
    return problem(`makes a "${exprKind.value.messageName}": only lists and objects such as {"value": …} can be made`);
  if (exprKind.case !== "callExpr") return undefined;
  const { function: name } = exprKind.value;
  const isOperator = /^[_@!-]/.test(name);
  if (isOperator || known.isFunction(name) || isQualified(expr, known)) return undefined;
  return problem(`calls ${name}(...), which there is not`);
}

/** A loop's own names are known inside it. */
function boundNames(expr: Expr, own: ReadonlySet<string>): ReadonlySet<string> {
  if (expr.exprKind.case !== "comprehensionExpr") return own;
  const { iterVar, iterVar2, accuVar } = expr.exprKind.value;
  return new Set([...own, iterVar, iterVar2, accuVar]);
}

/** Which of the variables an expression names, whatever a loop calls its own. */
export function variablesOf(root: Expr, variables: ReadonlySet<string>): ReadonlySet<string> {
  const named = new Set<string>();
  const waiting = [root];
  for (let expr = waiting.pop(); expr !== undefined; expr = waiting.pop()) {
    const { exprKind } = expr;
    if (exprKind.case === "identExpr" && variables.has(exprKind.value.name)) named.add(exprKind.value.name);
    waiting.push(...partsOf(expr));
  }
  return named;
}

/** The parts that an expression is made of, not theirs. */
export function partsOf({ exprKind }: Expr): Expr[] {
  switch (exprKind.case) {
    case "selectExpr":
      return present([exprKind.value.operand]);
    case "callExpr":
      return present([exprKind.value.target, ...exprKind.value.args]);
    case "listExpr":
      return exprKind.value.elements;
    case "structExpr":
      return present(
        exprKind.value.entries.flatMap((entry) => [
          entry.keyKind.case === "mapKey" ? entry.keyKind.value : undefined,
          entry.value,
        ]),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value;
      return present([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    case "constExpr":
    case "identExpr":
    case undefined:
      return [];
  }
}

/** Whether a call's target is no value but the namespace of its function, as in `strings.quote(x)`. */
function isQualified(expr: Expr, known: KnownNames): boolean {
  const target = targetOf(expr)?.exprKind;
  if (expr.exprKind.case !== "callExpr" || target?.case !== "identExpr") return false;
  return known.isFunction(`${target.value.name}.${expr.exprKind.value.function}`);
}

function targetOf({ exprKind }: Expr): Expr | undefined {
  return exprKind.case === "callExpr" ? exprKind.value.target : undefined;
}

function present(parts: readonly (Expr | undefined)[]): Expr[] {
  return parts.filter((part) => part !== undefined);
}

function problem(what: string): ExpressionProblem {
  return { kind: "problem", message: `The expression ${what}` };
}
