import { randomUUID } from "node:crypto";

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/**
 * The trace that a request belongs to: the caller's, if it names one rightly, else a new one.
 *
 * @see W3C Trace Context §3.2
 */
export function readTraceId(header: string | string[] | undefined): string {
  const traceparent = typeof header === "string" ? header : header?.[0];
  const [, traceId, parentId] = traceparent === undefined ? [] : (TRACEPARENT.exec(traceparent.slice(0, 100)) ?? []);
  if (traceId !== undefined && !/^0+$/.test(traceId) && !/^0+$/.test(parentId ?? "0")) return traceId;
  return randomUUID().replaceAll("-", "");
}
