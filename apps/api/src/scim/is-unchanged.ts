import type { ScimRequest } from "../route.ts";

/** Tells that the caller holds this version already, as If-None-Match says (RFC 7644 §3.14, RFC 9110 §13.1.2). */
export function isUnchanged({ ifNoneMatch }: ScimRequest, version: number): boolean {
  return ifNoneMatch === "any" || ifNoneMatch?.includes(version) === true;
}
