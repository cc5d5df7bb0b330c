import { compileExpression } from "@muster/mapping";
import type { Json } from "@muster/scim";
import type { ReadOptions } from "../kind.ts";
import { buildRequest, createEvaluator, type Seen, TemplateError } from "./evaluate.ts";
import { ANSWER_VARIABLES, type NamedRequest, type RestTemplate, requestsOf, SAMPLE } from "./rest-template.ts";

/** What of a sample is seen by the requests of a template. */
const SAMPLES: Seen = {
  user: SAMPLE,
  id: "1001",
  externalId: "018f7f6a-1c00-7000-8000-000000000001",
  idempotencyKey: "018f7f6a-1c00-7000-8000-000000000001-1",
  value: "ada@acme.example",
  page: { index: 1, number: 1, count: 50, cursor: "" },
};

/** Names of headers that are the connector's own, or that sign in: a secret has its place in the target's sign-in, sealed. */
const NO_HEADERS =
  /^(?:accept|accept-encoding|connection|content-.*|cookie|date|expect|host|keep-alive|proxy-.*|sec-.*|te|trailer|traceparent|transfer-encoding|upgrade|user-agent|via)$|auth|token|secret|api-?key|password/i;
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

/**
 * Reads the template of a REST target before it is saved: every expression must be one that can be read and names only what is there,
 * and what a sample person makes of each request must be something that can be sent.
 */
export function readRestOptions(given: Json): ReadOptions {
  // Its shape was checked where it came in.
  const template = given as unknown as RestTemplate | null;
  if (template === null) return refused("it is missing: a REST target is made of its templates");
  try {
    checkTemplate(template);
  } catch (error) {
    if (error instanceof TemplateError) return refused(error.message);
    throw error;
  }
  return { kind: "read", options: given };
}

const refused = (problem: string): ReadOptions => ({ kind: "refused", problem: `target.options.${problem}` });

function checkTemplate(template: RestTemplate): void {
  const { operations } = template;
  const evaluate = createEvaluator();
  mustCompile("account", template.account, ["item"]);
  for (const { at, request, variables } of requestsOf(template)) {
    const place = `operations.${at}`;
    checkHeaders(place, request);
    buildRequest(evaluate, place, request, pick(variables));
    const { success, items, paging } = request;
    if (success !== undefined) mustCompile(`${place}.success`, success, ANSWER_VARIABLES);
    if (items !== undefined) mustCompile(`${place}.items`, items, ANSWER_VARIABLES);
    if (paging?.total !== undefined) mustCompile(`${place}.paging.total`, paging.total, ANSWER_VARIABLES);
    if (paging?.next !== undefined) mustCompile(`${place}.paging.next`, paging.next, ANSWER_VARIABLES);
    if (paging?.style === "cursor" && paging.next === undefined)
      throw new TemplateError(`${place}.paging.next: style cursor needs it`);
  }
  for (const name of ["deactivate", "reactivate"] as const)
    if (operations[name] === "update" && operations.update === undefined)
      throw new TemplateError(`operations.${name}: it is "update", and there is no update`);
  const { check, list, find = {} } = operations;
  if (check === undefined && list === undefined && Object.keys(find).length === 0)
    throw new TemplateError(
      "operations.check: an app that can be neither listed nor searched needs one, to tell whether it works",
    );
}

const pick = (variables: readonly string[]): Seen =>
  Object.fromEntries(variables.map((name) => [name, SAMPLES[name] ?? null]));

function mustCompile(at: string, text: string, variables: readonly string[]): void {
  const read = compileExpression(text, new Set(variables));
  if (read.kind === "problem") throw new TemplateError(`${at}: ${read.message}`);
}

function checkHeaders(place: string, { headers = {} }: NamedRequest["request"]): void {
  for (const name of Object.keys(headers)) {
    if (!HEADER_NAME.test(name)) throw new TemplateError(`${place}.headers: ${JSON.stringify(name)} is no header name`);
    if (NO_HEADERS.test(name))
      throw new TemplateError(
        `${place}.headers.${name}: a template does not set it; what signs in belongs into target.auth, where it is sealed`,
      );
  }
}
