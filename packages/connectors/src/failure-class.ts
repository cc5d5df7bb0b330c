import type { DialFailureCode } from "@muster/runtime";

/**
 * `create` alone is not safe to repeat; `write` is an update or a delete of one user; `search` reads the collection; `notify` tells
 * an address that is the same for everybody, and may be repeated.
 */
export type Operation = "create" | "read" | "search" | "write" | "notify";

export type FailureClass =
  | "transient"
  | "throttled"
  | "unknown"
  | "connection"
  | "conflict"
  | "permanent"
  | "gone"
  /** A 404 without a SCIM Error body: not to be believed without a second look. */
  | "perhapsGone";

/** What of a reply decides its class. */
export type FailedReply = {
  status: number;
  scimType: string | null;
  isScimError: boolean;
  retryAfterMs: number | null;
};

/** What of a dial failure decides its class; see DialReply. */
export type FailedDial = { code: DialFailureCode; sent: boolean; status: number | null };

/** Statuses that mean the same for every operation; 404, 410 and 5xx depend on it and are handled below. */
const STATUS_CLASS: Readonly<Record<number, FailureClass>> = {
  400: "permanent",
  401: "connection",
  403: "connection",
  405: "permanent",
  // The app, or something before it, did not wait for the request: it has not acted on it.
  408: "transient",
  407: "connection",
  409: "conflict",
  413: "permanent",
  422: "permanent",
  425: "transient",
  429: "throttled",
  // "I do not have this function" is an answer, not an accident.
  501: "permanent",
  505: "permanent",
};

/** What a failure means that happened before any byte of the request left. */
const UNSENT_CLASS: Readonly<Record<DialFailureCode, FailureClass>> = {
  blocked: "connection",
  invalid: "connection",
  tls: "connection",
  dns: "transient",
  refused: "transient",
  timeout: "transient",
  reset: "transient",
  tooLarge: "transient",
  encoding: "transient",
  protocol: "transient",
  aborted: "transient",
};

/** Classes an answer with a failure status, by status, SCIM error body and kind of operation. */
export function failureClass(operation: Operation, reply: FailedReply): FailureClass {
  const { status, retryAfterMs } = reply;
  // GitHub says 403 with Retry-After where others say 429.
  if ((status === 503 || status === 403) && retryAfterMs !== null) return "throttled";
  if (status >= 300 && status < 400) return "connection";
  if (status === 404 || status === 410) {
    if (operation === "create" || operation === "search" || operation === "notify") return "connection";
    return reply.isScimError || status === 410 ? "gone" : "perhapsGone";
  }
  if (status === 400 && reply.scimType === "uniqueness") return "conflict";
  const known = STATUS_CLASS[status];
  if (known) return known;
  if (status < 500) return "permanent";
  return operation === "create" ? "unknown" : "transient";
}

/** Classes a request that got no complete answer; a status that did come and is no success decides first. */
export function dialFailureClass(operation: Operation, failure: FailedDial): FailureClass {
  if (!failure.sent || failure.code === "tls") return UNSENT_CLASS[failure.code];
  if (failure.status !== null && failure.status >= 300) {
    return failureClass(operation, { status: failure.status, scimType: null, isScimError: false, retryAfterMs: null });
  }
  return operation === "create" || operation === "write" ? "unknown" : "transient";
}

/** Classes an answer that has a success status and no SCIM in it, such as a login page (F41). */
export function notScimClass(operation: Operation): "unknown" | "transient" {
  return operation === "create" ? "unknown" : "transient";
}
