import type { IncomingMessage } from "node:http";
import { BodyError, type Clock, type Logger, type Metrics, uuidV7 } from "@muster/runtime";
import {
  collectNames,
  type DialectNote,
  isOwnForm,
  type KnownNames,
  type MaskedJson,
  maskBody,
  maskDetail,
  maskPath,
  maskQuery,
} from "@muster/scim";
import type { Database } from "@muster/store";
import type { DirectoryAccess } from "../http/directory-access.ts";
import type { DirectoryTarget } from "../http/request-path.ts";
import type { DirectoryProfile } from "../route.ts";
import { bufferRequests, type RequestBuffer } from "./buffer-requests.ts";
import { identifyClient } from "./identify-client.ts";
import { newTraceId, readTraceId } from "./trace-context.ts";

/** How a request ended. `refused` is what the client was told, `cause` the error behind it. */
export type Outcome = {
  status: number;
  resourceId?: unknown;
  refused?: { scimType: string | undefined; message: string; cause: unknown };
};

/** One request on its way to the log; the endpoint fills it in as far as the request comes. */
export type RequestRecording = {
  readonly id: string;
  readonly at: Date;
  readonly startedAtMs: number;
  /** The trace that the request belongs to, and with it everything that it causes. */
  readonly traceId: string;
  /** Whether the caller named the trace. */
  readonly isTraced: boolean;
  target: DirectoryTarget | undefined;
  /** From here on the request belongs to a directory; without it the request is counted and not kept. */
  access: DirectoryAccess | undefined;
  body: unknown;
  notes: readonly DialectNote[];
};

/** The log of requests of one process. */
export type RequestLog = {
  begin(req: IncomingMessage): RequestRecording;
  /** After the answer went out; nothing here waits or fails. */
  answered(req: IncomingMessage, recording: RequestRecording, outcome: Outcome): void;
  close(): Promise<void>;
};

const NO_NOTES: readonly DialectNote[] = [];
const MAX_NOTES = 20;
const MAX_NOTE = 300;
/** Callers whose client is remembered for requests that do not show it, such as a GET by id. */
const MAX_REMEMBERED = 2_000;

type LogDeps = { db: Database; clock: Clock; logger: Logger; metrics: Metrics };
type Shared = { logger: Logger; buffer: RequestBuffer; namesOf: NamesOf; remember: Remember };
type NamesOf = (schemas: DirectoryProfile["schemas"]) => KnownNames;
type Remember = (caller: string, client: string) => string;

/** Starts the log of requests: what is masked and kept is decided here, the writing is the buffer's. */
export function recordRequests(deps: LogDeps): RequestLog {
  const buffer = bufferRequests(deps);
  const { clock, logger } = deps;
  const shared: Shared = { logger, buffer, namesOf: cacheNames(), remember: rememberClients() };
  return {
    begin(req) {
      const at = clock.now();
      const id = uuidV7(at.getTime());
      const named = readTraceId(req.headers.traceparent);
      return {
        id,
        at,
        startedAtMs: performance.now(),
        traceId: named ?? newTraceId(id),
        isTraced: named !== undefined,
        target: undefined,
        access: undefined,
        body: undefined,
        notes: NO_NOTES,
      };
    },
    answered(req, recording, outcome) {
      const durationMs = performance.now() - recording.startedAtMs;
      const { target, access } = recording;
      if (access === undefined || target === undefined) buffer.skip("unauthenticated");
      // The recorder itself refuses what a directory switched off (V30).
      else if (access.directory.settings.requestLogDays > 0 && buffer.hasRoom())
        keep(shared, { req, recording, target, access, outcome, durationMs });
    },
    close: () => buffer.close(),
  };
}

type Seen = {
  req: IncomingMessage;
  recording: RequestRecording;
  target: DirectoryTarget;
  access: DirectoryAccess;
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

function toRecord(shared: Shared, { req, recording, target, access, outcome, durationMs }: Seen) {
  const { id, at, body, notes } = recording;
  const { scope, directory } = access;
  const names = shared.namesOf(directory.schemas);
  const { path, query } = target;
  const method = req.method ?? "";
  const { refused } = outcome;
  const sighting = { userAgent: req.headers["user-agent"], accept: req.headers.accept, method, path, query, body };
  const resourceId = outcome.resourceId ?? target.segments[1];
  return {
    tenantId: scope.tenantId,
    request: {
      id,
      directoryId: scope.directoryId,
      at,
      method,
      path: maskPath(path) + (query === undefined ? "" : maskQuery(query, names)),
      status: outcome.status,
      durationMs: Math.round(durationMs * 100) / 100,
      client: shared.remember(`${scope.actor} ${sighting.userAgent?.slice(0, 100) ?? ""}`, identifyClient(sighting)),
      actor: scope.actor,
      resourceId: typeof resourceId === "string" && isOwnForm(resourceId) ? resourceId : null,
      scimType: refused?.scimType ?? null,
      detail: refused === undefined ? null : maskDetail(refused.message, names),
      notes,
      body: directory.settings.requestLogBodies ? shownBody(req, body, outcome, names) : null,
      // It is the id of whoever nobody traced, and need not be kept, nor put into an index, a second time.
      traceId: recording.isTraced ? recording.traceId : null,
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

/** Adds notes to a recording, each once, 20 at most: a request of a thousand operations in one dialect says it once. */
export function addNotes(recording: RequestRecording, more: readonly DialectNote[]): void {
  if (more.length === 0) return;
  const kept = [...recording.notes];
  for (const { seen, taken } of more) {
    if (kept.length >= MAX_NOTES) break;
    const note = { seen: seen.slice(0, MAX_NOTE).toWellFormed(), taken: taken.slice(0, MAX_NOTE).toWellFormed() };
    if (!kept.some((one) => one.seen === note.seen && one.taken === note.taken)) kept.push(note);
  }
  recording.notes = kept;
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
