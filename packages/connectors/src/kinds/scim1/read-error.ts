import { isAttributes, type Json } from "@muster/scim";
import { parseObject, type ScimErrorBody } from "../../call/parse-reply.ts";

/** Reads an error of SCIM 1.1 (API, section 3.9); null when the body is none. It has no scimType: the status says it all. */
export function readOldError(body: string): ScimErrorBody | null {
  const errors = parseObject(body)?.["Errors"];
  if (!Array.isArray(errors)) return null;
  return { scimType: null, detail: errors.flatMap(describe).join("; ") || null };
}

function describe(error: Json): string[] {
  if (!isAttributes(error)) return [];
  const { description } = error;
  return typeof description === "string" ? [description] : [];
}
