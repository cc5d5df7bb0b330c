import { parseObject, type ScimErrorBody } from "../../call/parse-reply.ts";

/** A name or an address that is taken is told by the status where it is 409, else only in words. */
const TAKEN = /already (?:exists|in use|taken)|duplicate/i;

/** Reads an error of JumpCloud's API, of version 1 or 2; null when the body is none. */
export function readApiError(body: string): ScimErrorBody | null {
  const parsed = parseObject(body);
  if (parsed === null) return null;
  const detail = [parsed["message"], parsed["error"]].find((text) => typeof text === "string");
  if (typeof detail !== "string") return null;
  return { scimType: TAKEN.test(detail) ? "uniqueness" : null, detail };
}
