import type { IncomingMessage } from "node:http";
import { BodyError, type Clock, type Logger, type Metrics, uuidV7 } from "@muster/runtime";
import type { DialectNote } from "@muster/scim";
import type { Database } from "@muster/store";
import type { DirectoryAccess } from "../http/directory-access.ts";
import type { DirectoryProfile } from "../route.ts";
import { bufferRequests, type RequestBuffer } from "./buffer-requests.ts";
import { identifyClient } from "./identify-client.ts";
import { collectNames, type KnownNames } from "./known-names.ts";
import { type MaskedJson, maskBody } from "./mask-body.ts";
import { isOwnForm, maskDetail, maskPath, maskQuery } from "./mask-text.ts";
import { readTraceId } from "./trace-context.ts";

/** How a request ended. `refused` is what the client was told, `cause` the error behind it. */
export type Outcome = {
  status: number;
  resourceId?: unknown;
  refused?: { scimType: string | undefined; message: string; cause: unknown };
};

/** One request on its way to the log; nothing here waits or fails. */
export type RequestRecording = {
  /** From here on the request belongs to a directory; without this call it is counted and not kept. */
  authenticated(access: DirectoryAccess): void;
  note(notes: readonly DialectNote[]): void;
  body(value: unknown): void;
  /** After the answer went out. */
  answered(outcome: Outcome): void;
};

/** The log of requests of one process. */
export type RequestLog = {
  begin(req: IncomingMessage): RequestRecording;
  close(): Promise<void>;
};

const MAX_NOTES = 20;
const MAX_NOTE = 300;
/** Callers whose client is remembered for requests that do not show it, such as a GET by id. */
const MAX_REMEMBERED = 2_000;

type LogDeps = { db: Database; clock: Clock; logger: Logger; metrics: Metrics };
type Shared = { clock: Clock; logger: Logger; buffer: RequestBuffer; namesOf: NamesOf; remember: Remember };
type NamesOf = (schemas: DirectoryProfile["schemas"]) => KnownNames;
type Remember = (caller: string, client: string) => string;

/** Starts the log of requests: what is masked and kept is decided here, the writing is the buffer's. */
export function recordRequests(deps: LogDeps): RequestLog {
  const buffer = bufferRequests(deps);
  const { clock, logger } = deps;
  const shared: Shared = { clock, logger, buffer, namesOf: cacheNames(), remember: rememberClients() };
  return { begin: (req) => beginRecording(shared, req), close: () => buffer.close() };
}

function beginRecording(shared: Shared, req: IncomingMessage): RequestRecording {
  const startedAtMs = performance.now();
  let access: DirectoryAccess | undefined;
  let body: unknown;
  let notes: DialectNote[] = [];
  return {
    authenticated(found) {
      access = found;
    },
    note(more) {
      if (more.length > 0) notes = addNotes(notes, more);
    },
    body(value) {
      body = value;
    },
    answered(outcome) {
      const durationMs = performance.now() - startedAtMs;
      if (access === undefined) shared.buffer.skip("unauthenticated");
      // The recorder itself refuses what a directory switched off (V30).
      else if (access.directory.settings.requestLogDays > 0 && shared.buffer.hasRoom())
        keep(shared, { req, access, body, notes, outcome, durationMs });
    },
  };
}

type Seen = {
  req: IncomingMessage;
  access: DirectoryAccess;
  body: unknown;
  notes: DialectNote[];
  outcome: Outcome;
  durationMs: number;
};

/** The answer is out: whatever a request holds, its record must not end the process. */
function keep(shared: Shared, seen: Seen): void {
  try {
    shared.buffer.add(toRecord(shared, seen));
  } catch (error) {
    shared.buffer.skip("not_readable");
    shared.logger.error({ error }, "a request could not be recorded");
  }
}

function toRecord(shared: Shared, { req, access, body, notes, outcome, durationMs }: Seen) {
  const { scope, directory } = access;
  const names = shared.namesOf(directory.schemas);
  const { path, query } = splitTarget(req.url ?? "");
  const method = req.method ?? "";
  const at = shared.clock.now();
  const { refused } = outcome;
  const sighting = { userAgent: req.headers["user-agent"], accept: req.headers.accept, method, path, query, body };
  const id = outcome.resourceId ?? path.split("/", 4)[2];
  return {
    tenantId: scope.tenantId,
    request: {
      id: uuidV7(at.getTime()),
      directoryId: scope.directoryId,
      at,
      method,
      path: maskPath(path) + (query === undefined ? "" : maskQuery(query, names)),
      status: outcome.status,
      durationMs: Math.round(durationMs * 100) / 100,
      client: shared.remember(`${scope.actor} ${sighting.userAgent?.slice(0, 100) ?? ""}`, identifyClient(sighting)),
      actor: scope.actor,
      resourceId: typeof id === "string" && isOwnForm(id) ? id : null,
      scimType: refused?.scimType ?? null,
      detail: refused === undefined ? null : maskDetail(refused.message, names),
      notes,
      body: directory.settings.requestLogBodies ? shownBody(req, body, outcome, names) : null,
      traceId: readTraceId(singleHeader(req.headers.traceparent)),
    },
  };
}

/** What was sent, masked; of what was no JSON, or too long to read, only the length. */
function shownBody(req: IncomingMessage, body: unknown, { refused }: Outcome, names: KnownNames): MaskedJson {
  if (body !== undefined) return maskBody(body, names);
  if (!(refused?.cause instanceof BodyError)) return null;
  const length = req.headers["content-length"] ?? "";
  return `not read (${/^\d{1,15}$/.test(length) ? length : "?"} bytes)`;
}

/** Splits a target into what is below the directory's address, and the query; undefined where there is no question mark. */
function splitTarget(target: string): { path: string; query: string | undefined } {
  const mark = target.indexOf("?");
  const whole = mark === -1 ? target : target.slice(0, mark);
  const [, , , ...below] = whole.split("/").filter((segment) => segment !== "");
  return { path: `/${below.join("/")}`, query: mark === -1 ? undefined : target.slice(mark + 1) };
}

function singleHeader(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

/** Each once, 20 at most: a request of a thousand operations in one dialect says it once. */
function addNotes(known: readonly DialectNote[], more: readonly DialectNote[]): DialectNote[] {
  const kept = [...known];
  for (const { seen, taken } of more) {
    if (kept.length >= MAX_NOTES) break;
    const note = { seen: seen.slice(0, MAX_NOTE).toWellFormed(), taken: taken.slice(0, MAX_NOTE).toWellFormed() };
    if (!kept.some((one) => one.seen === note.seen && one.taken === note.taken)) kept.push(note);
  }
  return kept;
}

/** The names of a directory's schemas are collected once for as long as its profile is in use. */
function cacheNames(): NamesOf {
  const known = new WeakMap<object, KnownNames>();
  return (schemas) => {
    const names = known.get(schemas) ?? collectNames(schemas);
    known.set(schemas, names);
    return names;
  };
}

/** A caller that once showed which client it is stays that client until it shows to be another. */
function rememberClients(): Remember {
  const clients = new Map<string, string>();
  return (caller, client) => {
    if (client.startsWith("unknown")) return clients.get(caller) ?? client;
    if (clients.get(caller) !== client) {
      if (clients.size >= MAX_REMEMBERED) clients.clear();
      clients.set(caller, client);
    }
    return client;
  };
}
