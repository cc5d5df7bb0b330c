import { type CelInput, type CelResult, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import { type Attributes, enterpriseUserUrn, type Json } from "@muster/scim";
import { EvaluationError, type ExpressionProblem } from "./expression-problem.ts";
import { choiceFunctions } from "./functions/choice-functions.ts";
import { dateFunctions } from "./functions/date-functions.ts";
import { listFunctions } from "./functions/list-functions.ts";
import { patternFunctions } from "./functions/pattern-functions.ts";
import { textFunctions } from "./functions/text-functions.ts";
import { type Expr, inspectExpression, variablesOf } from "./inspect-expression.ts";
import { expressionLimits } from "./limits.ts";
import { createMeter, type Meter } from "./meter.ts";
import { meterExpression, meteredFunctions } from "./meter-expression.ts";
import { extensionValues, personValues } from "./person-values.ts";
import { toJson } from "./to-json.ts";

/** What an expression sees, and nothing else (V86): no clock but `now`, no randomness, no other person. */
export type ExpressionInput = {
  /** The person as a SCIM resource. */
  user: Attributes;
  /** Display names of the groups the person is in, nested ones included. */
  groups: readonly string[];
  /** The roles that rules gave, the first one primary. */
  roles: readonly string[];
  /** When the account is computed, ISO 8601 in UTC. */
  now: string;
};

/** What an expression gives for one person. Null means: no value. */
export type Evaluated =
  | { kind: "value"; value: Json }
  /** Of `selectUniqueValue`: the first of them that nobody else has in the app. */
  | { kind: "candidates"; values: Json[] }
  | { kind: "failed"; message: string };

/** An expression that can be evaluated, for as many people as there are. */
export type Expression = {
  kind: "expression";
  text: string;
  /** The variables that it names. */
  uses: ReadonlySet<string>;
  evaluate(input: ExpressionInput): Evaluated;
  /** The same, of an input that several expressions look at. */
  evaluateValues(values: ExpressionValues): Evaluated;
};

/** An input in the form that expressions read. */
export type ExpressionValues = Readonly<Record<string, CelInput>>;

/** Reads expressions that share what they are evaluated with: those of one mapping. */
export type CompileExpression = (text: string) => Expression | ExpressionProblem;

const VARIABLES = new Set(["user", "enterprise", "groups", "roles", "now"]);

/** Turns an input into what expressions read, once for all that look at it. */
export function expressionValues({ user, groups, roles, now }: ExpressionInput): ExpressionValues {
  const enterprise = extensionValues(user, enterpriseUserUrn);
  return { user: personValues(user), enterprise, groups: [...groups], roles: [...roles], now };
}

/**
 * Reads an expression in CEL, with the functions of `functions/`. What it may cost is bounded whatever it says: see
 * `expressionLimits`.
 *
 * @param variables the names that it may use; all that there are unless said
 */
export function compileExpression(
  text: string,
  variables: ReadonlySet<string> = VARIABLES,
): Expression | ExpressionProblem {
  return createExpressionCompiler(variables)(text);
}

/** Makes what reads expressions. They share a meter, since none is evaluated while another is. */
export function createExpressionCompiler(variables: ReadonlySet<string> = VARIABLES): CompileExpression {
  const meter = createMeter();
  // Later ones replace earlier ones of the same name and arguments, CEL's own included.
  const own = [textFunctions(meter), choiceFunctions(), dateFunctions(meter), listFunctions(), patternFunctions(meter)];
  const env = celEnv({ funcs: [...strings, ...own.flat(), ...meteredFunctions(meter)] });
  return (text) => compileIn({ env, meter, variables }, text);
}

type Shared = { env: ReturnType<typeof celEnv>; meter: Meter; variables: ReadonlySet<string> };

function compileIn({ env, meter, variables }: Shared, text: string): Expression | ExpressionProblem {
  const parsed = parseText(text);
  if (parsed.kind === "problem") return parsed;
  const { expr } = parsed;
  const isChoice = becomesList(expr);
  const isFunction = (name: string): boolean => env.funcs.find(name) !== undefined;
  const problem = inspectExpression(expr, { variables, isFunction });
  if (problem !== undefined) return problem;
  const uses = variablesOf(expr, VARIABLES);
  const parts = meterExpression(expr);
  const evaluate = plan(env, expr);
  const evaluateValues = (values: ExpressionValues): Evaluated => {
    meter.reset();
    meter.spend(parts);
    const result = evaluate(values);
    if (meter.isSpent()) return { kind: "failed", message: "takes too many steps: loop over shorter lists" };
    const evaluated = toEvaluated(result);
    return isChoice && evaluated.kind === "value" ? candidatesOf(evaluated.value) : evaluated;
  };
  return {
    kind: "expression",
    text,
    uses,
    evaluateValues,
    evaluate: (input) => evaluateValues(expressionValues(input)),
  };
}

/**
 * `selectUniqueValue(…)` is the list of its values. Only the app knows which of them is free, so nothing can be computed
 * from the choice: it is a whole expression, and nowhere else a function.
 */
function becomesList(expr: Expr): boolean {
  const { exprKind } = expr;
  if (exprKind.case !== "callExpr" || exprKind.value.function !== "selectUniqueValue") return false;
  const elements = exprKind.value.args;
  expr.exprKind = {
    case: "listExpr",
    value: { $typeName: "cel.expr.Expr.CreateList", elements, optionalIndices: [] },
  };
  return true;
}

function candidatesOf(value: Json): Evaluated {
  const values = Array.isArray(value) ? value.filter((one) => one !== null && one !== "") : [];
  return { kind: "candidates", values: [...new Set(values)] };
}

function parseText(text: string): { kind: "parsed"; expr: Expr } | ExpressionProblem {
  if (text.trim() === "") return { kind: "problem", message: "The expression is empty" };
  if (text.length > expressionLimits.characters)
    return { kind: "problem", message: `The expression has more than ${expressionLimits.characters} characters` };
  if (bracketDepth(text) > expressionLimits.brackets)
    return { kind: "problem", message: `The expression nests more than ${expressionLimits.brackets} brackets` };
  try {
    return { kind: "parsed", expr: parse(text).expr };
  } catch (error) {
    return { kind: "problem", message: `The expression cannot be read: ${placeOf(error)}` };
  }
}

/** How deep brackets go, those in quoted texts included: a scan that no text can make expensive. */
function bracketDepth(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const letter of text) {
    if ("([{".includes(letter)) depth += 1;
    if (")]}".includes(letter)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function placeOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const found = /^<input>:(\d+):(\d+): /.exec(message);
  return found === null ? message : `line ${found[1]}, column ${found[2]}: ${message.slice(found[0].length)}`;
}

function toEvaluated(result: CelResult): Evaluated {
  if (isCelError(result)) return { kind: "failed", message: explain(result.message) };
  try {
    return { kind: "value", value: toJson(result) };
  } catch (error) {
    if (error instanceof EvaluationError) return { kind: "failed", message: error.message };
    throw error;
  }
}

function explain(message: string): string {
  const isMissing = message.includes("null_type");
  return isMissing ? `${message}: a value is missing here, coalesce(value, "") gives one instead` : message;
}
