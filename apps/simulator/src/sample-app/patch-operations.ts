import { isJsonObject, type JsonObject } from "./json-object.ts";
import { badRequest } from "./scim-failure.ts";

export const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** One operation of a PATCH body, its parts checked but its value not yet (RFC 7644 §3.5.2). */
export type PatchOperation = {
  op: "add" | "remove" | "replace";
  path: string | undefined;
  value: unknown;
  hasValue: boolean;
};

/** A path taken apart: `urn:attribute[filter].sub`. */
export type PatchPath = {
  schema: string | undefined;
  attribute: string;
  filter: string | undefined;
  sub: string | undefined;
};

const PATH = /^(?:(urn:[^\s[\]]+?):)?([A-Za-z$][\w$-]*)(?:\[(.+)\])?(?:\.([A-Za-z$][\w$-]*))?$/;
const MAX_PATH_LENGTH = 1_024;
const MAX_OPERATIONS = 1_000;
const OPERATION_KEYS: ReadonlySet<string> = new Set(["op", "path", "value"]);

/**
 * Reads a PATCH body: the PatchOp schema and nothing else, lower-case `op`, a value where one is needed.
 *
 * @throws {ScimFailure} 400 `invalidSyntax`, `invalidPath`, `noTarget` or `tooMany`
 */
export function parsePatchOperations(body: unknown): PatchOperation[] {
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "the body must be a JSON object");
  const schemas = body["schemas"];
  if (!Array.isArray(schemas) || schemas.length !== 1 || schemas[0] !== PATCH_SCHEMA) {
    throw badRequest("invalidSyntax", `schemas must be ["${PATCH_SCHEMA}"]`);
  }
  const operations = body["Operations"];
  if (!Array.isArray(operations) || operations.length === 0) {
    throw badRequest("invalidSyntax", "Operations must be a list that is not empty");
  }
  if (operations.length > MAX_OPERATIONS) throw badRequest("tooMany", `at most ${MAX_OPERATIONS} operations`);
  return operations.map(parseOperation);
}

function parseOperation(entry: unknown): PatchOperation {
  if (!isJsonObject(entry)) throw badRequest("invalidSyntax", "an operation must be an object");
  const { op, path, value } = entry;
  if (op !== "add" && op !== "remove" && op !== "replace") {
    throw badRequest("invalidSyntax", `unknown op ${JSON.stringify(op)}; this app knows "add", "remove" and "replace"`);
  }
  const unknownKey = Object.keys(entry).find((key) => !OPERATION_KEYS.has(key));
  if (unknownKey !== undefined) throw badRequest("invalidSyntax", `an operation has no ${JSON.stringify(unknownKey)}`);
  if (path !== undefined && typeof path !== "string") throw badRequest("invalidPath", "path must be a string");
  if (op === "remove" && path === undefined) throw badRequest("noTarget", "remove needs a path");
  const hasValue = Object.hasOwn(entry, "value");
  if (op !== "remove" && !hasValue) throw badRequest("invalidValue", `${op} needs a value`);
  return { op, path, value, hasValue };
}

/**
 * Takes a PATCH path apart.
 *
 * @throws {ScimFailure} 400 `invalidPath`
 */
export function parsePatchPath(path: string): PatchPath {
  const match = path.length > MAX_PATH_LENGTH ? null : PATH.exec(path);
  if (match === null) throw badRequest("invalidPath", `cannot read the path ${path}`);
  return { schema: match[1], attribute: match[2] ?? "", filter: match[3], sub: match[4] };
}

/** Lists the writes of an operation: the keys of its value when it has no path, else the one its path names. */
export function attributeWrites(operation: PatchOperation): { path: string; value: unknown }[] {
  if (operation.path !== undefined) return [{ path: operation.path, value: operation.value }];
  if (!isJsonObject(operation.value)) throw badRequest("invalidValue", "without a path the value must be an object");
  return Object.entries(operation.value satisfies JsonObject).map(([path, value]) => ({ path, value }));
}
