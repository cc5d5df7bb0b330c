import { isObject, type UnknownObject } from "../json.ts";
import { quoteName } from "../notes.ts";
import { ScimError } from "../scim-error.ts";

export type BulkMethod = "POST" | "PUT" | "PATCH" | "DELETE";

/** One operation of a bulk request; `path` is below the server's address, `version` an entity tag as If-Match has it. */
export type BulkOperation = {
  method: BulkMethod;
  path: string;
  bulkId: string | null;
  version: string | null;
  data: unknown;
};

/** Longest path and bulkId: an endpoint with an id, and a label of the client's. */
const maxPathCharacters = 1_024;
const maxBulkIdCharacters = 256;

const methods: ReadonlyMap<string, BulkMethod> = new Map(
  (["POST", "PUT", "PATCH", "DELETE"] as const).map((method) => [method, method]),
);

/**
 * Reads a bulk request. What is wrong with one operation alone is found when it runs; here the whole is refused.
 *
 * @throws {ScimError} 400 `invalidSyntax`, or 413 `tooMany` beyond `maxOperations`
 * @see RFC 7644 §3.7
 */
export function parseBulkRequest(
  body: unknown,
  limits: { maxOperations: number },
): { failOnErrors: number | null; operations: BulkOperation[] } {
  if (!isObject(body)) throw invalid("The body must be a JSON object, a BulkRequest");
  const sent = read(body, "Operations");
  if (!Array.isArray(sent) || sent.length === 0) throw invalid("Operations must be a list with at least one operation");
  if (sent.length > limits.maxOperations)
    throw new ScimError(
      413,
      "tooMany",
      `Operations holds ${sent.length} operations; send ${limits.maxOperations} at most in one request`,
    );
  const operations = sent.map((operation, index) => readOperation(operation, `Operation ${index + 1}`));
  const seen = new Set<string>();
  for (const { bulkId } of operations) {
    if (bulkId === null) continue;
    if (seen.has(bulkId)) throw invalid(`bulkId ${quoteName(bulkId)} comes twice; each needs its own`);
    seen.add(bulkId);
  }
  return { failOnErrors: readFailOnErrors(read(body, "failOnErrors")), operations };
}

function readOperation(operation: unknown, place: string): BulkOperation {
  if (!isObject(operation)) throw invalid(`${place} must be a JSON object`);
  const sentMethod = read(operation, "method");
  const method = typeof sentMethod === "string" ? methods.get(sentMethod.toUpperCase()) : undefined;
  if (method === undefined) throw invalid(`${place}: method must be POST, PUT, PATCH or DELETE`);
  const path = readText(operation, "path", place, maxPathCharacters);
  if (path === null || !path.startsWith("/"))
    throw invalid(`${place}: path must begin with a slash, below the address of this server, such as /Users`);
  const bulkId = readText(operation, "bulkId", place, maxBulkIdCharacters);
  if (method === "POST" && bulkId === null) throw invalid(`${place}: a POST needs a bulkId`);
  const data = read(operation, "data");
  if (method !== "DELETE" && data === undefined) throw invalid(`${place}: ${method} needs data`);
  return { method, path, bulkId, version: readText(operation, "version", place, maxBulkIdCharacters), data };
}

function readFailOnErrors(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  throw invalid("failOnErrors must be a whole number from 1");
}

function readText(operation: UnknownObject, name: string, place: string, maxCharacters: number): string | null {
  const value = read(operation, name);
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string" && value.length <= maxCharacters) return value;
  throw invalid(`${place}: ${name} must be text of at most ${maxCharacters} characters`);
}

/** Reads a key in its own spelling, else in any letter case; own keys only. */
function read(object: UnknownObject, name: string): unknown {
  if (Object.hasOwn(object, name)) return object[name];
  const lower = name.toLowerCase();
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : object[key];
}

const invalid = (detail: string): ScimError => new ScimError(400, "invalidSyntax", detail);
