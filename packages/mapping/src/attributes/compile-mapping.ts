import { type Attributes, cloneJson, foldCase, isAttributes, type Json, ownValue, userUrn } from "@muster/scim";
import {
  createExpressionCompiler,
  type Expression,
  type ExpressionInput,
  type ExpressionValues,
  expressionValues,
} from "../expressions/compile-expression.ts";
import { parseTargetPath, readTarget, type TargetPath, writeTarget } from "./target-path.ts";

/** One line of a connection's mapping (E1): a place in the app's user, and what is put there. */
export type MappingRow = {
  target: string;
  /** CEL over the person: `user.title` copies one attribute. */
  expression: string;
  /** Put there when the expression gives no value. */
  defaultValue: Json;
  /** Without a value the account is not sent. */
  isRequired: boolean;
  /** Sent when the account is made and never again: the app's own people may change it. */
  isOnCreateOnly: boolean;
  /** A value that went away stays in the app; otherwise it is cleared there too (E5). */
  doNotClear: boolean;
};

/** Why a mapping cannot be saved: the row counted from 0, null where it is about all of them, and a sentence. */
export type MappingProblem = { row: number | null; target: string; message: string };

/** Where the value of one place came from. */
export type Derivation = {
  target: string;
  from:
    | "expression"
    | "default"
    /** Of what the app has already: on create only, not to be cleared, or chosen once. */
    | "applied"
    | "nothing";
  value: Json;
};

/** What a mapping makes of one person. With problems the payload is not to be sent. */
export type Mapped = {
  payload: Attributes;
  derivations: Derivation[];
  problems: { target: string; message: string }[];
  /** Values of which the app takes the first that is free, best first, by place (selectUniqueValue). */
  candidates: Candidates[];
};

export type Candidates = { target: string; values: Json[] /** Null when all of them are taken. */; chosen: Json };

export type CompiledMapping = {
  kind: "mapping";
  /** The variables that any row names. */
  uses: ReadonlySet<string>;
  /**
   * `applied` is what the app has of this account, undefined while it has none; `taken` are values of which it is known that
   * somebody else has them in the app, as `candidateKey` writes them.
   */
  map(input: ExpressionInput, applied: Attributes | undefined, taken?: ReadonlySet<string>): Mapped;
};

/** A candidate as values are compared: SCIM's unique attributes do not count case. */
export const candidateKey = (value: Json): string =>
  foldCase(typeof value === "string" ? value : JSON.stringify(value));

const MAX_ROWS = 100;
/** SCIM's truth values, which some sources and mappings write as texts. */
const BOOLEANS: ReadonlySet<string> = new Set(["active", "primary"]);

/** Prepares a mapping for as many people as there are, or says everything that is wrong with it. */
export function compileMapping(
  rows: readonly MappingRow[],
): CompiledMapping | { kind: "refused"; problems: MappingProblem[] } {
  const problems: MappingProblem[] = [];
  const compiled: CompiledRow[] = [];
  const seen = new Set<string>();
  const compileExpression = createExpressionCompiler();
  if (rows.length > MAX_ROWS)
    problems.push({ row: MAX_ROWS, target: "", message: `A mapping has at most ${MAX_ROWS} rows` });
  for (const [place, row] of rows.slice(0, MAX_ROWS).entries()) {
    const refuse = (message: string): number => problems.push({ row: place, target: row.target, message });
    const path = parseTargetPath(row.target);
    const expression = compileExpression(row.expression);
    if (path.kind === "problem") refuse(path.message);
    if (expression.kind === "problem") refuse(expression.message);
    if (seen.has(row.target.toLowerCase())) refuse("An earlier row puts a value there already");
    seen.add(row.target.toLowerCase());
    if (path.kind === "path" && expression.kind === "expression") compiled.push({ row, path, expression });
  }
  if (problems.length > 0) return { kind: "refused", problems };
  const uses = new Set(compiled.flatMap(({ expression }) => [...expression.uses]));
  return {
    kind: "mapping",
    uses,
    map: (input, applied, taken) => mapPerson(compiled, { values: expressionValues(input), applied, taken }),
  };
}

type CompiledRow = { row: MappingRow; path: TargetPath; expression: Expression };

type Mapping = { values: ExpressionValues; applied: Attributes | undefined; taken: ReadonlySet<string> | undefined };

function mapPerson(rows: readonly CompiledRow[], mapping: Mapping): Mapped {
  const mapped: Mapped = { payload: {}, derivations: [], problems: [], candidates: [] };
  for (const one of rows) {
    const derivation = derive(one, mapping, mapped);
    mapped.derivations.push(derivation);
    const { value } = derivation;
    if (!isNothing(value)) writeTarget(mapped.payload, one.path, cloneJson(value));
    else if (
      one.row.isRequired &&
      derivation.from !== "applied" &&
      !mapped.problems.some(({ target }) => target === one.row.target)
    )
      mapped.problems.push({
        target: one.row.target,
        message: "is required and has no value: give the row a default, or the person a value",
      });
  }
  for (const { path } of rows)
    if (path.element !== undefined) dropBareElements(mapped.payload, path.name, path.element);
  const extensions = Object.keys(mapped.payload).filter((name) => name.includes(":"));
  mapped.payload.schemas = [userUrn, ...extensions];
  return mapped;
}

/** An element that says of itself only which one it is has no value: `emails[type eq "work"].primary` of somebody without. */
function dropBareElements(payload: Attributes, name: string, { part }: { part: string }): void {
  const list = ownValue(payload, name);
  if (!Array.isArray(list)) return;
  const says = new Set([part, "type", "primary"]);
  const kept = list.filter((element) => !isAttributes(element) || Object.keys(element).some((key) => !says.has(key)));
  if (kept.length > 0) payload[name] = kept;
  else delete payload[name];
}

function derive(
  { row, path, expression }: CompiledRow,
  { values, applied, taken }: Mapping,
  mapped: Mapped,
): Derivation {
  const { target } = row;
  const kept = applied === undefined ? undefined : (readTarget(applied, path) ?? null);
  if (row.isOnCreateOnly && kept !== undefined) return { target, from: "applied", value: kept };
  const evaluated = expression.evaluateValues(values);
  switch (evaluated.kind) {
    case "failed":
      mapped.problems.push({ target, message: evaluated.message });
      return { target, from: "nothing", value: null };
    case "candidates": {
      // Whoever has one of them keeps it: a choice made once is not made again.
      const own = evaluated.values.find((value) => value === kept);
      if (own !== undefined) return { target, from: "applied", value: own };
      const free = evaluated.values.find((value) => taken?.has(candidateKey(value)) !== true);
      mapped.candidates.push({ target, values: evaluated.values, chosen: free ?? null });
      if (free !== undefined) return { target, from: "expression", value: free };
      if (evaluated.values.length > 0) mapped.problems.push({ target, message: ALL_TAKEN });
      return { target, from: "nothing", value: null };
    }
    case "value": {
      const value = coerce(path, evaluated.value);
      if (!isNothing(value)) return { target, from: "expression", value };
      if (!isNothing(row.defaultValue)) return { target, from: "default", value: coerce(path, row.defaultValue) };
      if (row.doNotClear && kept !== undefined && kept !== null) return { target, from: "applied", value: kept };
      return { target, from: "nothing", value: null };
    }
  }
}

const ALL_TAKEN =
  "has no value left: somebody else has every one of selectUniqueValue(...) in the app, so give it more of them";

/** "True" and "False" as texts, which Entra's own mapping gives, become what the attribute is (SE22). */
function coerce(path: TargetPath, value: Json): Json {
  if (typeof value !== "string" || !BOOLEANS.has((path.part ?? path.name).toLowerCase())) return value;
  const word = value.toLowerCase();
  if (word === "true") return true;
  return word === "false" ? false : value;
}

/** Unassigned, as RFC 7643 §2.5 has it, or an empty text, which people mean the same by. */
export function isNothing(value: Json): boolean {
  if (value === null || value === "") return true;
  return Array.isArray(value) ? value.length === 0 : isAttributes(value) && Object.values(value).every(isNothing);
}
