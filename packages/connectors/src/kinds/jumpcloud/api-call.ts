import { isAttributes, type Json } from "@muster/scim";
import type { Failure, Success } from "../../call/call-target.ts";
import { parseJson } from "../../call/parse-json.ts";
import type { SendCall, Untimed } from "../../call/run-calls.ts";
import type { CallContext, CallOutcome } from "../../connector.ts";
import { notScimClass, type Operation } from "../../failure-class.ts";

export type ApiResult<T> = Untimed<CallOutcome<T>>;
export type SendApi = SendCall;
export type RunApi = <T>(
  context: CallContext,
  work: (send: SendApi) => Promise<ApiResult<T>>,
) => Promise<CallOutcome<T>>;

/** Ids of JumpCloud are of letters and digits: anything else could address something else. */
export async function withId<T>(id: string, work: () => Promise<ApiResult<T>>): Promise<ApiResult<T>> {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return await work();
  return { kind: "permanent", status: null, detail: "JumpCloud has no such id: it cannot be part of an address" };
}

/** A 404 whose body is no error of the API says nothing about one user or group: whoever can asks again. */
export function failureResult({ class: kind, status, detail, retryAfterMs }: Failure): ApiResult<never> {
  if (kind === "throttled") return { kind, retryAfterMs, status, detail };
  return { kind: kind === "perhapsGone" ? "transient" : kind, status, detail };
}

/** A success status with something else in it than was asked, a login page for one (F41). */
export function notOfApi(operation: Operation, { status, excerpt }: Success): ApiResult<never> {
  return { kind: notScimClass(operation), status, detail: `not an answer of JumpCloud's API: ${excerpt}` };
}

/** Reads a body that is a list of objects, as version 2 gives it; null when it is none. */
export function parseList(body: string): Json[] | null {
  const parsed = parseJson(body);
  return Array.isArray(parsed) && parsed.every((one: Json) => isAttributes(one)) ? parsed : null;
}
