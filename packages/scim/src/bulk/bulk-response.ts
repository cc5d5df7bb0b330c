import type { Attributes } from "../json.ts";
import { type ScimError, toErrorBody } from "../scim-error.ts";
import { bulkResponseUrn } from "../urns.ts";
import { formatVersion } from "../version.ts";
import type { BulkOperation } from "./parse-bulk.ts";

/** How one operation of a bulk request ended. */
export type BulkResult =
  | { kind: "done"; status: number; location: string | undefined; version: number | undefined }
  | { kind: "failed"; error: ScimError; location: string | undefined };

/** Makes a BulkResponse; an operation that was not run, since there were errors enough, is not in it (RFC 7644 §3.7.3). */
export function toBulkResponse(
  operations: readonly BulkOperation[],
  results: ReadonlyMap<number, BulkResult>,
): Attributes {
  return {
    schemas: [bulkResponseUrn],
    Operations: operations.flatMap((operation, index) => {
      const result = results.get(index);
      return result === undefined ? [] : [describe(operation, result)];
    }),
  };
}

function describe({ method, bulkId }: BulkOperation, result: BulkResult): Attributes {
  return {
    method,
    ...(bulkId === null ? {} : { bulkId }),
    ...(result.location === undefined ? {} : { location: result.location }),
    ...(result.kind === "done" && result.version !== undefined ? { version: formatVersion(result.version) } : {}),
    status: String(result.kind === "done" ? result.status : result.error.status),
    ...(result.kind === "failed" ? { response: toErrorBody(result.error) } : {}),
  };
}
