import type { Attributes } from "./json.ts";
import { errorUrn } from "./urns.ts";

/** The detail keywords of RFC 7644 §3.12 and RFC 9865 §2.1. */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidVers"
  | "sensitive"
  | "invalidCursor"
  | "expiredCursor"
  | "invalidCount";

/**
 * An error that the SCIM client is told about; the message becomes `detail` and names the thing, the rule and the fix.
 *
 * @see RFC 7644 §3.12
 */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, scimType: ScimType | undefined, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.name = "ScimError";
    this.status = status;
    this.scimType = scimType;
  }
}

/** Makes the body of an error answer; `status` is a string (RFC 7644 §3.12). */
export function toErrorBody(error: ScimError): Attributes {
  const body: Attributes = { schemas: [errorUrn], status: String(error.status) };
  if (error.scimType !== undefined) body["scimType"] = error.scimType;
  body["detail"] = error.message;
  return body;
}
