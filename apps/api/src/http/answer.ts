import type { IncomingMessage, ServerResponse } from "node:http";
import {
  ContractError,
  invalidRequestProblem,
  type Lines,
  type Live,
  type Problem,
  problem,
  problemMediaType,
} from "@muster/contract";
import { BodyError, type Logger, Refusal, readJson, uuidV7 } from "@muster/runtime";
import { ScimError } from "@muster/scim";
import { StoreUnavailable } from "@muster/store";
import { AccessRefused } from "./access-refused.ts";

/** The largest admin request is a thousand rules with long names. */
const MAX_BODY_BYTES = 1_000_000;

export type Answer = {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  lines?: Lines<unknown>;
  live?: LiveAnswer;
};

/** An answer that goes on for as long as the caller may have it. */
export type LiveAnswer = { states: Live<unknown>; stillMay(): Promise<boolean>; free(): void };

/** Reads the body of a request that may have one, which must be JSON by its own word. */
export async function readBody(req: IncomingMessage): Promise<unknown> {
  if (req.method === "GET" || req.method === "HEAD") return undefined;
  const body = await readJson(req, { maxBytes: MAX_BODY_BYTES });
  const type = (req.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (body !== undefined && type !== "application/json")
    throw new BodyError("Send the body as application/json", { status: 415 });
  return body;
}

/** Makes a problem of a refusal. */
export function refuse(status: number, detail: string, headers: Record<string, string> = {}): Answer {
  return { status, body: problem({ status, detail }), headers };
}

/** One place turns errors into problems; what nobody expected keeps its words to the log. */
export function toAnswer(logger: Logger, error: unknown): Answer {
  if (error instanceof AccessRefused) return refuse(error.status, error.message, headersOf(error));
  if (error instanceof ContractError) return { status: 400, body: invalidRequestProblem(error) };
  if (error instanceof BodyError) return refuse(error.status, error.reason);
  if (error instanceof Refusal) return refuse(STATUS_OF[error.kind], error.message);
  if (error instanceof ScimError) return refuse(error.status, error.message);
  if (error instanceof StoreUnavailable) {
    logger.warn({ error }, "the database is away");
    return refuse(503, "The service cannot reach its database; try again shortly", { "Retry-After": "1" });
  }
  const errorId = uuidV7();
  logger.error({ error, errorId }, "an API request failed");
  return refuse(500, `Something went wrong here; error ${errorId}`);
}
function headersOf({ status, retryAfterS }: AccessRefused): Record<string, string> {
  if (status === 401) return { "WWW-Authenticate": 'Bearer realm="api"' };
  return retryAfterS === undefined ? {} : { "Retry-After": String(retryAfterS) };
}
const STATUS_OF = { notFound: 404, conflict: 409, invalid: 400, gone: 410 } as const;

/** Sends an answer that is not one of lines. */
export function send(req: IncomingMessage, res: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (res.headersSent || res.destroyed) return;
  if (body === undefined) {
    res.writeHead(status, { ...headers, "Cache-Control": "no-store" }).end();
    return;
  }
  const text = JSON.stringify(body satisfies Problem | unknown);
  res.writeHead(status, {
    ...headers,
    "Cache-Control": "no-store",
    "Content-Type": status >= 400 ? problemMediaType : "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  res.end(req.method === "HEAD" ? undefined : text);
}
