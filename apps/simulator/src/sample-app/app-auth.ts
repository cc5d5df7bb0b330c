import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/** How callers of the app sign in. */
export type AppAuth =
  | { scheme: "bearer"; token: string }
  | { scheme: "header"; name: string; value: string }
  | { scheme: "basic"; username: string; password: string }
  | { scheme: "none" };

/** Tells whether a request carries the app's credential. */
export function isSignedIn(auth: AppAuth, headers: IncomingHttpHeaders): boolean {
  switch (auth.scheme) {
    case "none":
      return true;
    case "header":
      return sameSecret(headers[auth.name.toLowerCase()], auth.value);
    case "bearer":
      return sameSecret(credentialOf("bearer", headers), auth.token);
    case "basic":
      return sameSecret(credentialOf("basic", headers), base64(`${auth.username}:${auth.password}`));
  }
}

function sameSecret(given: string | string[] | undefined, wanted: string): boolean {
  return (
    typeof given === "string" && timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", wanted, "buffer"))
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

// The scheme's name is compared without case (RFC 9110 §11.1).
function credentialOf(scheme: string, headers: IncomingHttpHeaders): string | undefined {
  const header = headers.authorization;
  if (header === undefined || header.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return header.charAt(scheme.length) === " " ? header.slice(scheme.length + 1).trim() : undefined;
}

const FIELDS: Record<AppAuth["scheme"], readonly string[]> = {
  bearer: ["token"],
  header: ["name", "value"],
  basic: ["username", "password"],
  none: [],
};

/**
 * Reads a credential sent to the control endpoint.
 *
 * @throws {Error} naming the field that is missing
 */
export function parseAuth(value: unknown): AppAuth {
  const scheme = isJsonObject(value) ? value["scheme"] : undefined;
  if (!isJsonObject(value) || typeof scheme !== "string" || !Object.hasOwn(FIELDS, scheme)) {
    throw new Error(`scheme must be one of ${Object.keys(FIELDS).join(", ")}`);
  }
  const auth = value as JsonObject & AppAuth;
  const missing = FIELDS[auth.scheme].find((field) => typeof value[field] !== "string" || value[field] === "");
  if (missing !== undefined) throw new Error(`${scheme} needs ${missing}`);
  return auth;
}
