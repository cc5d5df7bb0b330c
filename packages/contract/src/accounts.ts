import Type, { type Static } from "typebox";
import { approvalStatus } from "./approvals.ts";
import { connectionState } from "./connections.ts";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, matching, nullable, oneOf, text, timestamp } from "./primitives.ts";

export const accountStates = ["synced", "pending", "failing", "stopped", "held"] as const;
export const accountState = oneOf([...accountStates]);
export type AccountState = Static<typeof accountState>;

/** What a held account waits for. */
export const waitsForNames = ["removal", "approval", "decision", "seat", "gate", "other"] as const;
export type WaitsFor = (typeof waitsForNames)[number];
const WAITS =
  "removal: a word about a removal that the guard held; approval: a step that this connection asks about; decision: an account of the app that may be theirs; seat: a place on the waitlist came " +
  "first; gate: the connection's gate; other: nothing that comes by itself, as the reason says";

export const ConnectionStatus = closed(
  {
    settled: Type.Boolean({ description: "true when no expansion, due account or group, or push in flight is left" }),
    state: connectionState,
    reason: nullable(Type.String()),
    since: nullable(timestamp),
    nextProbeAt: nullable(timestamp),
    accounts: closed({ synced: count, pending: count, failing: count, stopped: count, held: count }),
    held: closed(
      { removal: count, approval: count, decision: count, seat: count, gate: count, other: count },
      { description: `of the accounts that are held, how many wait for what. ${WAITS}` },
    ),
    groups: closed({ synced: count, pending: count, failing: count, stopped: count, held: count }),
    seats: Type.Unsafe<SeatStatus | null>({
      ...closed({
        limit: count,
        taken: Type.Integer({
          minimum: 0,
          description: "accounts that may be active, and people who are being let in",
        }),
        waiting: count,
        waitingSince: nullable(timestamp),
        reason: nullable(Type.String({ description: "what a limit means that is below what is taken" })),
      }),
      type: ["object", "null"],
      description: "null where settings.seats sets no limit; who waits is counted as held",
    }),
    approvals: approvalStatus,
    lastAttemptAt: nullable(timestamp),
    nextDueAt: nullable(timestamp),
  },
  { title: "ConnectionStatus" },
);
type SeatStatus = {
  limit: number;
  taken: number;
  waiting: number;
  waitingSince: string | null;
  reason: string | null;
};
export type ConnectionStatus = Static<typeof ConnectionStatus>;

export const AccountView = closed(
  {
    userId: id,
    userName: nullable(Type.String()),
    state: accountState,
    reason: nullable(Type.String()),
    waitsFor: Type.Unsafe<WaitsFor | null>({
      type: ["string", "null"],
      enum: [...waitsForNames, null],
      description: `null unless the account is held. ${WAITS}`,
    }),
    remoteId: nullable(Type.String()),
    active: Type.Unsafe<boolean | null>({ type: ["boolean", "null"] }),
    roles: Type.Array(Type.String()),
    desiredGeneration: count,
    appliedGeneration: count,
    attempts: count,
    nextAttemptAt: nullable(timestamp),
    updatedAt: timestamp,
  },
  { title: "AccountView" },
);
export type AccountView = Static<typeof AccountView>;

export const AccountPage = pageOf("AccountPage", AccountView);
export const AccountQuery = pageQuery({ userName: Type.Optional(text(1, 1024)), state: Type.Optional(accountState) });
export type AccountQuery = Static<typeof AccountQuery>;

const attemptDecision = oneOf(
  ["applied", "retry", "unknownOutcome", "parked", "conflict", "throttled", "quarantined", "probed"],
  {
    description:
      "what followed for the account or group: applied; retry, at retryAt; unknownOutcome is looked up before any repeat; parked until something changes; conflict waits for a decision; throttled and quarantined hold the whole connection.",
  },
);
const traceId = matching("^[0-9a-f]{32}$", 32, "a trace id: 32 hexadecimal digits in lower case");

// operation and outcome are words of the provisioning engine, shown as they were recorded; so is decision, of which
// attempts recorded by an older version have other words.
const attemptProperties = {
  id,
  at: timestamp,
  startedAt: nullable(timestamp),
  userId: nullable(id),
  groupId: nullable(id),
  traceId: nullable(Type.String({ description: "of the newest request that led to it" })),
  operation: Type.String(),
  outcome: Type.String({ description: "ok, or the class of the failure" }),
  status: nullable(Type.Integer()),
  detail: nullable(Type.String()),
  durationMs: count,
  decision: Type.String(),
  retryAt: nullable(timestamp),
  generation: count,
  number: count,
};
export const AttemptView = closed(attemptProperties, { title: "AttemptView" });
export type AttemptView = Static<typeof AttemptView>;

export const AttemptPage = pageOf("AttemptPage", AttemptView);
export const AttemptDetail = closed(
  {
    ...attemptProperties,
    exchanges: Type.Unsafe<Exchange[] | null>({
      type: ["array", "null"],
      items: closed({
        method: Type.String(),
        path: Type.String({ description: "below the base URL, masked" }),
        body: Type.Unknown(),
        status: nullable(Type.Integer()),
        retryAfter: nullable(Type.String()),
        answer: Type.Unknown(),
      }),
      description:
        "what went over the wire, masked; null where it was not kept: at most 20 calls a second that went well are",
    }),
  },
  { title: "AttemptDetail" },
);
export type AttemptDetail = Static<typeof AttemptDetail>;
type Exchange = {
  method: string;
  path: string;
  body: unknown;
  status: number | null;
  retryAfter: string | null;
  answer: unknown;
};

export const AttemptQuery = pageQuery({
  userId: Type.Optional(id),
  groupId: Type.Optional(id),
  decision: Type.Optional(attemptDecision),
  since: Type.Optional(timestamp),
  traceId: Type.Optional(traceId),
});
export type AttemptQuery = Static<typeof AttemptQuery>;

export const RetryResult = closed(
  { rung: Type.Integer({ minimum: 0, description: "how many stopped or failing accounts were made due now" }) },
  { title: "RetryResult" },
);
export type RetryResult = Static<typeof RetryResult>;
