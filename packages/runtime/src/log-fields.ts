import { IncomingMessage, ServerResponse } from "node:http";
import { scrubText } from "./scrub-text.ts";
import { isSecret } from "./secret.ts";

const REDACTED = "[redacted]";
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;
const MAX_TEXT_LENGTH = 2048;
const MAX_STACK_LENGTH = 8192;
const MAX_CAUSES = 5;

/** Names whose value is never printed, after lower-casing and without separators. `tokenId` is fine, `accessToken` is not. */
const SECRET_NAME =
  /(?:tokens?|jwt|pepper|^auth)$|authorization|password|passwd|passphrase|secret|cookie|credential|apikey|privatekey|encryptionkey|masterkey/;

/**
 * Turns log fields into what may be printed. Only plain values, arrays and plain objects are walked; errors, requests,
 * responses and URLs have a list of allowed fields; of any other object only the class name is kept. Values under
 * secret-sounding names are replaced and all text is scrubbed and cut (D19, V23).
 */
export function printableFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return printableObject(fields, 0);
}

function printableObject(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const printable: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields).slice(0, MAX_ITEMS)) {
    const isHidden = value !== undefined && value !== null && isSecretName(name);
    Object.defineProperty(printable, name, {
      value: isHidden ? REDACTED : printableValue(value, depth),
      enumerable: true,
    });
  }
  return printable;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
}

function printableValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return printableText(value, MAX_TEXT_LENGTH);
    case "bigint":
      return String(value);
    case "object":
      return value === null ? null : printableInstance(value, depth);
    case "function":
    case "symbol":
      return undefined;
    case "boolean":
    case "number":
    case "undefined":
      return value;
  }
}

function printableInstance(value: object, depth: number): unknown {
  if (isSecret(value)) {
    return "[secret]";
  }
  if (value instanceof Error) {
    return printableError(value);
  }
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? "[invalid date]" : value.toISOString();
  }
  if (value instanceof URL) {
    return `${value.protocol}//${value.host}${value.pathname}`;
  }
  if (value instanceof IncomingMessage) {
    return { method: value.method, path: withoutQuery(value.url) };
  }
  if (value instanceof ServerResponse) {
    return { statusCode: value.statusCode };
  }
  if (ArrayBuffer.isView(value)) {
    return `[${String(value.byteLength)} bytes]`;
  }
  if (depth >= MAX_DEPTH) {
    return "[deeper]";
  }
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item: unknown) => printableValue(item, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) {
    return printableObject(value as Record<string, unknown>, depth + 1);
  }
  return `[${value.constructor.name}]`;
}

/** Type, message, code, status and stack of an error and of its causes; never the other fields that libraries hang on. */
function printableError(error: Error, causes = 0): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return {
    type: error.name,
    message: printableText(error.message, MAX_TEXT_LENGTH),
    ...(typeof code === "string" ? { code: printableText(code, 100) } : {}),
    ...(typeof status === "number" ? { status } : {}),
    ...(error.stack === undefined ? {} : { stack: printableText(error.stack, MAX_STACK_LENGTH) }),
    ...(error.cause instanceof Error && causes < MAX_CAUSES ? { cause: printableError(error.cause, causes + 1) } : {}),
  };
}

/** Scrubs and cuts one piece of text; cut before scrubbing, so that the work is bounded. */
export function printableText(text: string, maxLength: number): string {
  const isCut = text.length > maxLength;
  return scrubText(isCut ? text.slice(0, maxLength) : text) + (isCut ? "..." : "");
}

/** A path may be logged, a query may not: clients put tokens there. */
function withoutQuery(target: string | undefined): string | undefined {
  return target === undefined ? undefined : printableText(target.split("?", 1)[0] ?? "", MAX_TEXT_LENGTH);
}
