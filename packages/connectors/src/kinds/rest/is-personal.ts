import { buildRequest, type Evaluate, type Seen, TemplateError } from "./evaluate.ts";
import { type RequestTemplate, SAMPLE } from "./rest-template.ts";

/** Somebody whom nobody is. */
const OTHER: Seen = {
  user: SAMPLE,
  externalId: "muster-nobody",
  idempotencyKey: "muster-nobody-0",
  value: "muster-nobody",
};

/** Whether the path of a request is made of somebody's values: then a 404 may be about them alone, and not about the app. */
export function isPersonal(evaluate: Evaluate, at: string, request: RequestTemplate, seen: Seen): boolean {
  const { method, path } = request;
  const others = Object.fromEntries(Object.keys(seen).map((name) => [name, OTHER[name] ?? seen[name] ?? null]));
  try {
    const pathFor = (who: Seen) => buildRequest(evaluate, at, { method, path }, who).path;
    return pathFor(seen) !== pathFor(others);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return true;
  }
}
