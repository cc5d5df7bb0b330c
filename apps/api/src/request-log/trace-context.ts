import { uuidV7 } from "@muster/runtime";

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/;

/**
 * The trace that a caller says its request belongs to; undefined when it names none, or not rightly.
 *
 * @see W3C Trace Context §3.2
 */
export function readTraceId(header: string | string[] | undefined): string | undefined {
  const traceparent = typeof header === "string" ? header : header?.[0];
  const [, traceId, parentId] = traceparent === undefined ? [] : (TRACEPARENT.exec(traceparent.slice(0, 100)) ?? []);
  if (traceId === undefined || /^0+$/.test(traceId) || /^0+$/.test(parentId ?? "0")) return undefined;
  return traceId;
}

/** Makes the id of a new trace: that of what begins it, in the form that a trace has. */
export const newTraceId = (id: string = uuidV7()): string => id.replaceAll("-", "");
