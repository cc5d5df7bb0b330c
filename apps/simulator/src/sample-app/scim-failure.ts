/** The `scimType` keywords of RFC 7644 §3.12 that the sample app answers with. */
export type ScimType =
  | "invalidFilter"
  | "invalidPath"
  | "invalidSyntax"
  | "invalidValue"
  | "mutability"
  | "noTarget"
  | "tooMany"
  | "uniqueness";

/** A request that the sample app refuses; carries what the SCIM error body will say (RFC 7644 §3.12). */
export class ScimFailure extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;

  constructor(status: number, scimType: ScimType | undefined, detail: string, cause?: unknown) {
    super(detail, { cause });
    this.name = "ScimFailure";
    this.status = status;
    this.scimType = scimType;
  }
}

/** Builds the 400 that most of the strict checks end in. */
export function badRequest(scimType: ScimType, detail: string, cause?: unknown): ScimFailure {
  return new ScimFailure(400, scimType, detail, cause);
}
