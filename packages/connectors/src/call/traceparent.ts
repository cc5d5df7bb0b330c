import { randomBytes } from "node:crypto";

/**
 * The header that carries a trace on to an app: each request is a span of its own, and recorded here.
 *
 * @see W3C Trace Context §3.2
 */
export function traceparentOf(traceId: string): string {
  return `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
}
