import type { IncomingMessage } from "node:http";
import { BodyError, decodeUtf8, readBody } from "./read-json.ts";

/**
 * Reads a body of `application/x-www-form-urlencoded`, each parameter at most once (RFC 6749 §3.2). A parameter without a
 * value counts as not sent.
 *
 * @throws {BodyError} 413 too long, 415 not a form, 408 never complete, 400 a parameter twice
 */
export async function readForm(
  req: IncomingMessage,
  limits: { maxBytes: number },
): Promise<ReadonlyMap<string, string>> {
  const type = (req.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    throw new BodyError("Send the body as application/x-www-form-urlencoded", { status: 415 });
  const text = decodeUtf8(await readBody(req, limits.maxBytes));
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === "") continue;
    if (form.has(name)) throw new BodyError("A parameter is in the body twice", { status: 400 });
    form.set(name, value);
  }
  return form;
}
