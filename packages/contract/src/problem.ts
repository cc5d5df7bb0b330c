import Type, { type Static } from "typebox";
import type { ContractError } from "./contract-error.ts";
import { closed } from "./primitives.ts";

export const ProblemSchema = closed(
  {
    type: Type.String({ format: "uri-reference" }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    instance: Type.Optional(Type.String({ format: "uri-reference" })),
    issues: Type.Optional(
      Type.Array(
        closed({
          path: Type.String({ description: "JSON pointer (RFC 6901) into what was sent" }),
          rule: Type.String(),
          message: Type.String(),
        }),
      ),
    ),
  },
  { title: "Problem", description: "RFC 9457 problem details" },
);
export type Problem = Static<typeof ProblemSchema>;

/** The media type of a problem (RFC 9457 section 3). */
export const problemMediaType = "application/problem+json";

// RFC 9110 section 15; a title of about:blank must be the status's own phrase (RFC 9457 section 4.2.1).
const PHRASES: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [412, "Precondition Failed"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [415, "Unsupported Media Type"],
  [422, "Unprocessable Content"],
  [428, "Precondition Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
]);

export type ProblemInput = Pick<Problem, "status" | "detail"> & Partial<Problem>;

/** Makes RFC 9457 problem details; `type` is about:blank and `title` the status's own phrase unless given. */
export function problem(input: ProblemInput): Problem {
  const title = PHRASES.get(input.status) ?? (input.status < 500 ? "Client Error" : "Server Error");
  return { type: "about:blank", title, ...input };
}

/** The 400 that answers a request that does not fit the contract. */
export function invalidRequestProblem(error: ContractError, instance?: string): Problem {
  return problem({
    type: "urn:muster:problem:invalid-request",
    title: "The request does not fit the contract",
    status: 400,
    detail: error.message,
    ...(instance === undefined ? {} : { instance }),
    issues: error.issues.map((issue) => ({ ...issue })),
  });
}
