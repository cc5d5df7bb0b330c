import type { DialReply } from "@muster/runtime";
import {
  collectNames,
  groupSchema,
  type Json,
  type MaskedJson,
  maskBody,
  maskPath,
  maskQuery,
  userSchema,
} from "@muster/scim";
import type { Exchange } from "../connector.ts";

const names = collectNames({ User: userSchema, Group: groupSchema });
/** Longer answers are described by their length: reading them only to mask them is not worth it. */
const MAX_READ = 256 * 1024;
const MAX_RETRY_AFTER = 40;

/** A request as it was sent; its path is below the base URL. */
type SentCall = { method: string; path: string; query?: string; body?: Json };

/**
 * Shows a request and its answer as they may be kept: no header but Retry-After, bodies masked by the allow-list that the
 * log of inbound requests uses, and what an app echoes of a credential cut out of what is left.
 */
export function showExchange(call: SentCall, reply: DialReply, redact: (text: string) => string): Exchange {
  const query = call.query === undefined ? "" : maskQuery(call.query, names);
  const answered = reply.kind === "reply" ? reply : null;
  const retryAfter = answered?.headers["retry-after"];
  return {
    method: call.method,
    path: redact(maskPath(call.path) + query),
    body: call.body === undefined ? null : clean(call.body, redact),
    status: reply.status,
    retryAfter: retryAfter === undefined ? null : redact(String(retryAfter).slice(0, MAX_RETRY_AFTER)),
    answer: answered === null ? null : showAnswer(answered.body, redact),
  };
}

function showAnswer(body: string, redact: (text: string) => string): MaskedJson {
  if (body.trim() === "") return null;
  const unread = `not read (${body.length} characters)`;
  if (body.length > MAX_READ) return unread;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return unread;
  }
  return clean(parsed, redact);
}

/** The mask lets names through that look like names; a secret that an app uses for one must not be among them. */
function clean(value: unknown, redact: (text: string) => string): MaskedJson {
  const masked = maskBody(value, names);
  const text = JSON.stringify(masked);
  return redact(text) === text ? masked : "left out";
}
