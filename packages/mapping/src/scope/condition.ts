import { compileExpression, type ExpressionInput } from "../expressions/compile-expression.ts";
import type { ExpressionProblem } from "../expressions/expression-problem.ts";

/** What a condition is for one person. */
export type Tested = { kind: "true" } | { kind: "false" } | { kind: "failed"; message: string };
/** A condition that can be evaluated, for as many people as there are. */
export type Condition = (input: ExpressionInput) => Tested;

/**
 * A condition sees the person and their groups. Not `now`: nobody could tell when it would change its mind, which is what
 * dates are for; not `roles`, which rules decide.
 */
const SEES = ["user", "enterprise", "groups"];
const DATE_SEES = ["user", "enterprise"];

/** Says what is wrong with a condition, if anything. */
export function checkCondition(text: string): ExpressionProblem | null {
  const compiled = compileExpression(text, new Set(SEES));
  return compiled.kind === "problem" ? withHint(compiled, text) : null;
}

/** Says what is wrong with an expression that gives a date, if anything. */
export function checkDateExpression(text: string): ExpressionProblem | null {
  const compiled = compileExpression(text, new Set(DATE_SEES));
  return compiled.kind === "problem" ? compiled : null;
}

/** Whether a condition that can be used asks which groups a person is in, by their names. */
export function readsGroupNames(text: string): boolean {
  return compileExpression(text, new Set(DATE_SEES)).kind === "problem";
}

/** Compiles a condition. One that cannot be compiled any more fails for everybody. */
export function prepareCondition(text: string): Condition {
  const compiled = compileExpression(text, new Set(SEES));
  if (compiled.kind === "problem") return () => ({ kind: "failed", message: compiled.message });
  return (input) => {
    const evaluated = compiled.evaluate(input);
    switch (evaluated.kind) {
      case "failed":
        return evaluated;
      case "candidates":
        return { kind: "failed", message: "gives a choice of values and not true or false" };
      case "value":
        if (typeof evaluated.value === "boolean") return { kind: evaluated.value ? "true" : "false" };
        return { kind: "failed", message: `gives ${kindOf(evaluated.value)} and not true or false` };
    }
  };
}

const kindOf = (value: unknown): string =>
  value === null
    ? "no value"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "an object"
        : `a ${typeof value}`;

function withHint(problem: ExpressionProblem, text: string): ExpressionProblem {
  const usesNow = compileExpression(text, new Set([...SEES, "now"])).kind === "expression";
  return usesNow
    ? { ...problem, message: `${problem.message}: a condition cannot use now, start and end dates do that` }
    : problem;
}
