import { isObject, type UnknownObject } from "../json.ts";
import { maxPatchOperations } from "../limits.ts";
import { type Notes, quoteName } from "../notes.ts";
import { ScimError } from "../scim-error.ts";

export type PatchVerb = "add" | "replace" | "remove";

/** One operation; `path` is null and `value` undefined when not sent. */
export type PatchOperation = { verb: PatchVerb; path: string | null; value: unknown };

const verbs: ReadonlyMap<string, PatchVerb> = new Map([
  ["add", "add"],
  ["replace", "replace"],
  ["remove", "remove"],
]);

/**
 * Reads the operations of a PATCH body; verbs and keys come in any case.
 *
 * @throws {ScimError} 400 `invalidSyntax`, 400 `tooMany`, 400 `invalidPath`, 400 `invalidValue`, 400 `noTarget`
 * @see RFC 7644 §3.5.2
 */
export function parsePatch(body: unknown, notes: Notes): PatchOperation[] {
  if (!isObject(body)) throw new ScimError(400, "invalidSyntax", "The body must be a JSON object with Operations");
  const sent = readKey(body, "Operations");
  if (isObject(sent)) notes.add("Operations as an object", "a list of one");
  const operations: unknown = isObject(sent) ? [sent] : sent;
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new ScimError(400, "invalidSyntax", "Operations must be a list with at least one operation");
  }
  if (operations.length > maxPatchOperations) {
    throw new ScimError(
      400,
      "tooMany",
      `Operations holds ${operations.length} operations; send ${maxPatchOperations} at most (one may hold many members)`,
    );
  }
  return operations.map((operation, index) =>
    inOperation(index, operations.length, () => readOperation(operation, notes)),
  );
}

/** Runs the work of one operation and names its place, counted from 1, in the error. */
export function inOperation<Result>(index: number, count: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof ScimError && count > 1 ? placed(error, `Operation ${index + 1} of ${count}`) : error;
  }
}

function placed(cause: ScimError, place: string): ScimError {
  return new ScimError(cause.status, cause.scimType, `${place}: ${cause.message}`, { cause });
}

function readOperation(operation: unknown, notes: Notes): PatchOperation {
  if (!isObject(operation)) throw new ScimError(400, "invalidSyntax", "An operation must be a JSON object");
  const op = readKey(operation, "op");
  const verb = typeof op === "string" ? verbs.get(op.toLowerCase()) : undefined;
  if (verb === undefined) {
    const shown = typeof op === "string" ? quoteName(op) : "missing";
    throw new ScimError(400, "invalidSyntax", `op is ${shown}; it must be add, replace or remove`);
  }
  if (op !== verb) notes.add(`op ${quoteName(String(op))}`, verb);
  const path = readPath(readKey(operation, "path"), notes);
  const value = readKey(operation, "value");
  if (verb === "remove" && path === null) {
    throw new ScimError(400, "noTarget", "remove needs a path that says what to remove");
  }
  if (verb !== "remove" && value === undefined) {
    throw new ScimError(400, "invalidValue", `${verb} needs a value; to clear an attribute send null or use remove`);
  }
  return { verb, path, value };
}

function readPath(path: unknown, notes: Notes): string | null {
  if (path === undefined || path === null) return null;
  if (typeof path !== "string") throw new ScimError(400, "invalidPath", "path must be a string");
  if (path.trim() !== "") return path;
  notes.add('path ""', "no path");
  return null;
}

/** Reads a key in its own spelling, else in any letter case; own keys only. */
function readKey(object: UnknownObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const lower = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : object[key];
}
