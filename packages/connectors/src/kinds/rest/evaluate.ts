import { compileExpression, type Expression, expressionValues, jsonValue } from "@muster/mapping";
import { type Attributes, isAttributes, type Json } from "@muster/scim";
import type { RequestTemplate } from "./rest-template.ts";

/** What expressions see, by name; `user` is a person, and everything else as it is in JSON. */
export type Seen = Readonly<Record<string, Json>>;

/** What could not be computed, with the place in the template that it is about. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
}

/** A request as it will be sent, below the base URL. */
type BuiltRequest = {
  method: RequestTemplate["method"];
  path: string;
  query?: string;
  headers?: Readonly<Record<string, string>>;
  body?: Json;
};

const MOST_COMPILED = 200;

export type Evaluate = (at: string, text: string, seen: Seen) => Json;

/** Makes what evaluates the expressions of one template: each is compiled once. */
export function createEvaluator(): Evaluate {
  const compiled = new Map<string, Expression>();
  return (at, text, seen) => {
    const names = Object.keys(seen);
    const key = `${names.join(",")} ${text}`;
    let expression = compiled.get(key);
    if (expression === undefined) {
      const read = compileExpression(text, new Set(names));
      if (read.kind === "problem") throw new TemplateError(`${at}: ${read.message}`);
      expression = read;
      // Addresses of further pages are texts of their own, without number.
      if (compiled.size >= MOST_COMPILED) compiled.clear();
      compiled.set(key, read);
    }
    const evaluated = expression.evaluateValues(valuesOf(seen));
    if (evaluated.kind === "value") return evaluated.value;
    throw new TemplateError(`${at}: ${evaluated.kind === "failed" ? evaluated.message : "a choice cannot be sent"}`);
  };
}

function valuesOf(seen: Seen) {
  return Object.fromEntries(
    Object.entries(seen).map(([name, value]) => [
      name,
      name === "user" && isAttributes(value) ? personOf(value) : jsonValue(value),
    ]),
  );
}

const personOf = (user: Attributes) =>
  expressionValues({ user, groups: [], roles: [], now: "" })["user"] ?? jsonValue(user);

/** Computes one request of a template for what is seen; throws a TemplateError that says what cannot be sent and where. */
export function buildRequest(evaluate: Evaluate, at: string, template: RequestTemplate, seen: Seen): BuiltRequest {
  const { method, path, query, headers, body } = template;
  return {
    method,
    path: pathOf(`${at}.path`, evaluate(`${at}.path`, path, seen)),
    ...(query === undefined ? {} : { query: queryOf(`${at}.query`, evaluate(`${at}.query`, query, seen)) }),
    ...(headers === undefined ? {} : { headers: headersOf(evaluate, `${at}.headers`, headers, seen) }),
    ...(body === undefined ? {} : { body: bodyOf(`${at}.body`, evaluate(`${at}.body`, body, seen)) }),
  };
}

/**
 * A segment such as ".." would lead out of the base URL, and an empty one to what is above it. People choose their names themselves, and some
 * servers decode a path before they resolve it: one that would lead elsewhere then is refused as well, and so are line ends.
 */
function pathOf(at: string, value: Json): string {
  if (!Array.isArray(value)) throw new TemplateError(`${at}: it must be a list of segments, such as ["users", id]`);
  const segments = value.map((segment) => {
    const text = textOf(segment);
    if (text === null || text === "" || !text.isWellFormed() || leadsElsewhere(text))
      throw new TemplateError(`${at}: ${JSON.stringify(segment)} is no segment of a path below the base URL`);
    return encodeURIComponent(text);
  });
  return segments.map((segment) => `/${segment}`).join("");
}

const SPELLED: Readonly<Record<string, string>> = { "%2e": ".", "%2f": "/", "%5c": "/", "\\": "/" };

function leadsElsewhere(text: string): boolean {
  const decoded = text.replace(/%2e|%2f|%5c|\\/gi, (spelling) => SPELLED[spelling.toLowerCase()] ?? spelling);
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(decoded) || /\p{Cc}/u.test(text);
}

function queryOf(at: string, value: Json): string {
  if (!isAttributes(value)) throw new TemplateError(`${at}: it must be an object, such as {"email": value}`);
  return Object.entries(value)
    .flatMap(([name, part]) => {
      if (part === null) return [];
      const text = textOf(part);
      if (text === null || !text.isWellFormed())
        throw new TemplateError(`${at}.${name}: it must be a text or a number`);
      return [`${encodeURIComponent(name)}=${encodeURIComponent(text)}`];
    })
    .join("&");
}

function headersOf(evaluate: Evaluate, at: string, headers: Readonly<Record<string, string>>, seen: Seen) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => {
      const value = evaluate(`${at}.${name}`, text, seen);
      // Anything else could end the line, and begin a header of its own.
      if (typeof value !== "string" || !/^[\x20-\x7E]{0,1000}$/.test(value))
        throw new TemplateError(`${at}.${name}: it must be a text of at most 1000 visible ASCII characters`);
      return [name.toLowerCase(), value];
    }),
  );
}

function bodyOf(at: string, value: Json): Json {
  if (isAttributes(value) || Array.isArray(value)) return value;
  throw new TemplateError(`${at}: it must be an object or a list, to be sent as JSON`);
}

function textOf(value: Json): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : null;
}
