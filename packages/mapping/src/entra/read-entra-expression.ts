import type { ExpressionProblem } from "../expressions/expression-problem.ts";
import { celOfEntraAttribute } from "./entra-attributes.ts";
import { type EntraNode, parseEntra } from "./parse-entra.ts";
import { EntraSyntaxError } from "./text-reader.ts";

/** An expression of Entra in CEL, to be looked at and kept in its place. */
export type ReadExpression = {
  kind: "read";
  text: string;
  /** The mapping's own setting of that name: Entra says it with a function, IgnoreFlowIfNullOrEmpty. */
  doNotClear: boolean;
};

/** Means something that CEL has no place for. */
class Untranslatable extends Error {
  override readonly name = "Untranslatable";
}

type Argument = EntraNode | undefined;
type Writer = (args: readonly Argument[]) => string;

/**
 * Reads an expression as the mapping editor of Entra ID shows it, such as `Switch([IsSoftDeleted], , "False", "True",
 * "True", "False")`, and gives the same in CEL. Attributes become the places where Entra's default mapping puts them.
 */
export function readEntraExpression(text: string): ReadExpression | ExpressionProblem {
  try {
    const node = parseEntra(text.trim());
    const isGuarded = node.kind === "call" && node.name.toLowerCase() === "ignoreflowifnullorempty";
    return { kind: "read", text: write(isGuarded ? node.args[0] : node), doNotClear: isGuarded };
  } catch (error) {
    if (error instanceof EntraSyntaxError || error instanceof Untranslatable)
      return { kind: "problem", message: error.message };
    throw error;
  }
}

function write(node: Argument): string {
  if (node === undefined) return "null";
  switch (node.kind) {
    case "text":
      return JSON.stringify(node.value);
    case "number":
      return node.value;
    case "word":
      return writeWord(node.name);
    case "attribute": {
      const path = celOfEntraAttribute(node.name);
      if (path !== undefined) return path;
      throw new Untranslatable(
        `[${node.name}] is no attribute that Entra's default mapping sends: write the place where it arrives here, such as user.title`,
      );
    }
    case "comparison": {
      const operator = { "=": "==", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=" }[node.operator];
      return `${write(node.left)} ${operator} ${write(node.right)}`;
    }
    case "call":
      return writeCall(node.name, node.args);
  }
}

function writeWord(name: string): string {
  const word = name.toLowerCase();
  if (word === "true" || word === "false" || word === "null") return word;
  throw new Untranslatable(`"${name}" is neither a text in quotation marks nor an attribute in brackets`);
}

function writeCall(name: string, args: readonly Argument[]): string {
  const key = name.toLowerCase();
  const writer = Object.hasOwn(WRITERS, key) ? WRITERS[key] : undefined;
  if (writer !== undefined) return writer(args);
  const refused = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
  throw new Untranslatable(
    refused === undefined ? `There is no function ${name}(...) here` : `${name}(...): ${refused}`,
  );
}

const called =
  (name: string): Writer =>
  (args) =>
    `${name}(${args.map(write).join(", ")})`;

const written = (args: readonly Argument[], place: number): string => write(args[place]);

/** Entra's own names in small letters. */
const WRITERS: Readonly<Record<string, Writer>> = {
  append: called("append"),
  bitand: called("bitAnd"),
  cbool: called("cBool"),
  cdate: called("cDate"),
  coalesce: called("coalesce"),
  converttobase64: called("convertToBase64"),
  converttoutf8hex: called("convertToUTF8Hex"),
  count: called("count"),
  cstr: called("cStr"),
  dateadd: called("dateAdd"),
  datediff: called("dateDiff"),
  datefromnum: called("dateFromNum"),
  // The fourth argument says how to compare; letters are compared as they are.
  instr: (args) => `inStr(${args.slice(0, 3).map(write).join(", ")})`,
  isnull: called("isNull"),
  isnullorempty: called("isNullOrEmpty"),
  ispresent: called("isPresent"),
  isstring: called("isString"),
  item: called("item"),
  join: called("join"),
  left: called("left"),
  mid: called("mid"),
  normalizediacritics: called("normalizeDiacritics"),
  numfromdate: called("numFromDate"),
  pcase: called("pCase"),
  removeduplicates: called("removeDuplicates"),
  selectuniquevalue: called("selectUniqueValue"),
  stripspaces: called("stripSpaces"),
  switch: called("switch"),
  tolower: (args) => `toLower(${written(args, 0)})`,
  toupper: (args) => `toUpper(${written(args, 0)})`,
  word: called("word"),
  iif: (args) => `(${written(args, 0)} ? ${written(args, 1)} : ${written(args, 2)})`,
  not: (args) => `!cBool(${written(args, 0)})`,
  now: () => "now",
  split: (args) => `${written(args, 0)}.split(${written(args, 1)})`,
  // Its second argument, a .NET number style, is left empty in practice.
  formatdatetime: (args) => `formatDateTime(${written(args, 0)}, ${written(args, 2)}, ${written(args, 3)})`,
  replace: writeReplace,
  singleapproleassignment: () => "(size(roles) > 0 ? roles[0] : null)",
  approleassignmentscomplex: () => 'roles.map(role, {"value": role, "primary": role == roles[0]})',
};

const REFUSED: Readonly<Record<string, string>> = {
  guid: "the same person must always give the same value; use user.id",
  randomstring: "the same person must always give the same value; use user.id",
  redact: "leave the attribute out of the mapping instead",
  ignoreflowifnullorempty: "only around a whole expression; it becomes the mapping's doNotClear",
};

/** Replace(source, oldValue, pattern, group, replacement, replacementAttribute, template): either a text or a pattern. */
function writeReplace(args: readonly Argument[]): string {
  const [source, oldValue, pattern, group, replacement, attribute, template] = args;
  if (template !== undefined)
    throw new Untranslatable("Replace(...) with a template: write it with join(...) or coalesce(...)");
  const by = write(replacement ?? attribute);
  if (pattern !== undefined) return `replacePattern(${write(source)}, ${write(pattern)}, ${write(group)}, ${by})`;
  if (oldValue !== undefined) return `replaceText(${write(source)}, ${write(oldValue)}, ${by})`;
  // Without either it gives the replacement where the source has no value.
  return `coalesce(${write(source)}, ${by})`;
}
