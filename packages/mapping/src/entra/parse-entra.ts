import { createTextReader, EntraSyntaxError, type TextReader } from "./text-reader.ts";

/** An expression of Entra ID's provisioning service, read but not yet understood. */
export type EntraNode =
  | { kind: "attribute"; name: string }
  | { kind: "text"; value: string }
  | { kind: "number"; value: string }
  | { kind: "word"; name: string }
  | { kind: "comparison"; operator: Comparison; left: EntraNode; right: EntraNode }
  /** An argument that was left empty is undefined. */
  | { kind: "call"; name: string; args: readonly (EntraNode | undefined)[] };

type Comparison = (typeof COMPARISONS)[number];

const MAX_CHARACTERS = 4000;
const MAX_DEPTH = 30;
const COMPARISONS = ["<>", "<=", ">=", "=", "<", ">"] as const;

/**
 * Reads Entra's expression text: `Name(argument, …)`, `[attribute]`, `"text"`, numbers, and comparisons.
 *
 * @throws {EntraSyntaxError} naming the character where it stops making sense
 */
export function parseEntra(text: string): EntraNode {
  if (text.length > MAX_CHARACTERS)
    throw new EntraSyntaxError(`The expression has more than ${MAX_CHARACTERS} characters`);
  const reader = createTextReader(text);
  const node = parseNode(reader, 1);
  const rest = reader.rest();
  return rest === "" ? node : reader.fail(`"${rest}" is left over`);
}

function parseNode(reader: TextReader, depth: number): EntraNode {
  const left = parseOperand(reader, depth);
  const operator = COMPARISONS.find((known) => reader.takes(known));
  return operator === undefined ? left : { kind: "comparison", operator, left, right: parseOperand(reader, depth + 1) };
}

function parseOperand(reader: TextReader, depth: number): EntraNode {
  if (depth > MAX_DEPTH) return reader.fail(`nested more than ${MAX_DEPTH} levels deep`);
  const letter = reader.peek();
  if (letter === '"') return { kind: "text", value: reader.quoted() };
  if (reader.takes("[")) {
    const name = (reader.upTo("]") ?? reader.fail('a "]" is missing')).trim();
    return name === "" ? reader.fail("an attribute's name is missing") : { kind: "attribute", name };
  }
  const number = reader.taken(/-?\d+(?:\.\d+)?/y);
  if (number !== "") return { kind: "number", value: number };
  const name = reader.taken(/[a-z]\w*/iy);
  if (name === "")
    return reader.fail(letter === "" ? "something is missing at the end" : `"${letter}" does not belong here`);
  return reader.takes("(") ? { kind: "call", name, args: parseArguments(reader, depth + 1) } : { kind: "word", name };
}

function parseArguments(reader: TextReader, depth: number): (EntraNode | undefined)[] {
  if (reader.takes(")")) return [];
  const args: (EntraNode | undefined)[] = [];
  for (;;) {
    const letter = reader.peek();
    args.push(letter === "," || letter === ")" ? undefined : parseNode(reader, depth));
    if (reader.takes(")")) return args;
    if (!reader.takes(",")) reader.fail('a "," or a ")" is missing');
  }
}
