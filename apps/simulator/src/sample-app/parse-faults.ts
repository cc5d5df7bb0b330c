import type { Fault, FaultKind } from "./fault-board.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";

type FieldType = "number" | "string" | "boolean" | "object";
type Fields = Record<string, FieldType>;

const SCOPE: Fields = {
  times: "number",
  skip: "number",
  method: "string",
  path: "string",
  mentions: "string",
  probability: "number",
};

const REQUIRED: Record<FaultKind["kind"], Fields> = {
  latency: { latencyMs: "number" },
  status: { status: "number" },
  reply: { status: "number", contentType: "string", body: "string" },
  html200: {},
  unauthorized: {},
  "rate-limit": { perSecond: "number" },
  hang: {},
  swallow: { how: "string" },
  reset: { afterBytes: "number" },
  "huge-reply": { totalBytes: "number" },
  alter: { set: "object" },
  "hide-new": { hiddenMs: "number" },
};

const OPTIONAL: Partial<Record<FaultKind["kind"], Fields>> = {
  latency: { when: "string" },
  status: { retryAfter: "string", detail: "string", applied: "boolean" },
  reply: { headers: "object" },
  "rate-limit": { retryAfter: "string" },
  "hide-new": { uncounted: "boolean" },
};

const CHOICES: Record<string, readonly string[]> = {
  how: ["silence", "destroy"],
  when: ["before-applying", "after-applying"],
};

/**
 * Reads faults sent to the control endpoint: one object, a list, or `{faults: [...]}`.
 *
 * @throws {Error} naming the fault and field that is wrong
 */
export function parseFaults(body: unknown): Fault[] {
  const listed = isJsonObject(body) && Object.hasOwn(body, "faults") ? body["faults"] : body;
  return (Array.isArray(listed) ? listed : [listed]).map(parseFault);
}

function parseFault(value: unknown): Fault {
  if (!isJsonObject(value)) throw new Error("a fault must be an object");
  const kind = value["kind"];
  if (typeof kind !== "string" || !isFaultKind(kind)) {
    throw new Error(`unknown fault kind ${JSON.stringify(kind)}; known are ${Object.keys(REQUIRED).join(", ")}`);
  }
  const required = REQUIRED[kind];
  const allowed: Fields = { ...SCOPE, ...OPTIONAL[kind], ...required };
  const missing = Object.keys(required).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new Error(`the fault ${kind} needs ${missing}`);
  for (const [name, field] of Object.entries(value)) if (name !== "kind") checkField(kind, allowed, name, field);
  return value as JsonObject & Fault;
}

function isFaultKind(kind: string): kind is FaultKind["kind"] {
  return Object.hasOwn(REQUIRED, kind);
}

function checkField(kind: string, allowed: Fields, name: string, field: unknown): void {
  const type = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
  if (type === undefined) throw new Error(`the fault ${kind} has no ${name}`);
  if (type === "object" ? !isJsonObject(field) : typeof field !== type) {
    throw new Error(`${name} of the fault ${kind} must be a ${type}`);
  }
  const choices = Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
  if (choices !== undefined && !choices.includes(String(field))) {
    throw new Error(`${name} of the fault ${kind} must be one of ${choices.join(", ")}`);
  }
}
