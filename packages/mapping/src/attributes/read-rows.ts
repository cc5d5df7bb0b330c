import { mappingRow } from "../default-rows.ts";
import { readEntraExpression } from "../entra/read-entra-expression.ts";
import { type CompiledMapping, compileMapping, type MappingProblem, type MappingRow } from "./compile-mapping.ts";
import { parseTargetPath } from "./target-path.ts";

/** A row as somebody writes it: in CEL, or as Entra's mapping editor shows it, which becomes CEL. */
export type RowInput = {
  target: string;
  expression?: string;
  entra?: string;
  default?: string | number | boolean | null;
  required?: boolean;
  onCreateOnly?: boolean;
  doNotClear?: boolean;
};

export type ReadRows =
  | { kind: "rows"; rows: MappingRow[]; mapping: CompiledMapping }
  | { kind: "refused"; problems: MappingProblem[] };

/** Places that no mapping may write, by their name in small letters, and why. */
const RESERVED: Readonly<Record<string, string>> = {
  externalid:
    "externalId is Muster's own id of the person, by which it knows its accounts again: take the row away, or map to another place",
  id: "id is the app's own: take the row away",
  meta: "meta is the app's own: take the row away",
  schemas: "schemas follows from the other rows: take the row away",
  password: "Muster keeps and sends no passwords: take the row away",
};

/** What decides about access and identity is one value, in this spelling. */
const WHOLE = ["userName", "active"] as const;

/** Reads rows as somebody wrote them, or says everything that is wrong with them and how to mend it (SE28). */
export function readRows(inputs: readonly RowInput[]): ReadRows {
  const problems: MappingProblem[] = [];
  const rows = inputs.map((input, row) => {
    const refuse = (message: string): number => problems.push({ row, target: input.target, message });
    const target = WHOLE.find((name) => name.toLowerCase() === input.target.toLowerCase()) ?? input.target;
    checkPlace(target, input, refuse);
    const { text, doNotClear } = readText(input, refuse);
    return mappingRow(target, text, {
      defaultValue: input.default ?? null,
      isRequired: input.required === true || target === "userName",
      isOnCreateOnly: input.onCreateOnly === true,
      doNotClear: doNotClear || input.doNotClear === true,
    });
  });
  if (!rows.some(({ target }) => target === "userName"))
    problems.push({
      row: null,
      target: "userName",
      message: "No row gives userName, which every account needs: add one, such as user.userName",
    });
  const compiled = compileMapping(rows);
  // A row without a text has been told of already.
  const told = new Set(problems.map(({ row }) => row));
  if (compiled.kind === "refused") problems.push(...compiled.problems.filter(({ row }) => !told.has(row)));
  if (compiled.kind === "refused" || problems.length > 0)
    return { kind: "refused", problems: problems.toSorted((a, b) => (a.row ?? rows.length) - (b.row ?? rows.length)) };
  return { kind: "rows", rows, mapping: compiled };
}

function checkPlace(target: string, input: RowInput, refuse: (message: string) => void): void {
  const path = parseTargetPath(target);
  if (path.kind === "problem" || path.urn !== undefined) return;
  const name = path.name.toLowerCase();
  const why = Object.hasOwn(RESERVED, name) ? RESERVED[name] : undefined;
  if (why !== undefined) refuse(why);
  const whole = WHOLE.find((one) => one.toLowerCase() === name);
  if (whole !== undefined && target !== whole) refuse(`${whole} is one value without parts: write ${whole}`);
  if (whole === "active" && (input.onCreateOnly === true || input.doNotClear === true))
    refuse("active is always kept as it should be: take onCreateOnly and doNotClear away");
}

function readText(
  { expression, entra }: RowInput,
  refuse: (message: string) => void,
): { text: string; doNotClear: boolean } {
  if (entra === undefined) {
    if (expression === undefined) refuse("Give the row an expression, or entra with the text from Entra's editor");
    return { text: expression ?? "null", doNotClear: false };
  }
  if (expression !== undefined) refuse("Give either expression or entra, not both");
  const read = readEntraExpression(entra);
  if (read.kind === "read") return read;
  refuse(`entra: ${read.message}`);
  return { text: "null", doNotClear: false };
}
