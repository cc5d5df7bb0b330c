import Type, { type Static } from "typebox";
import { connectionState } from "./connections.ts";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, text, timestamp } from "./primitives.ts";

export const accountState = oneOf(["synced", "pending", "failing", "stopped", "held"]);
export type AccountState = Static<typeof accountState>;

export const ConnectionStatus = closed(
  {
    settled: Type.Boolean({ description: "true when no expansion, due account or group, or push in flight is left" }),
    state: connectionState,
    reason: nullable(Type.String()),
    since: nullable(timestamp),
    nextProbeAt: nullable(timestamp),
    accounts: closed({ synced: count, pending: count, failing: count, stopped: count, held: count }),
    groups: closed({ synced: count, pending: count, failing: count, stopped: count, held: count }),
    lastAttemptAt: nullable(timestamp),
    nextDueAt: nullable(timestamp),
  },
  { title: "ConnectionStatus" },
);
export type ConnectionStatus = Static<typeof ConnectionStatus>;

export const AccountView = closed(
  {
    userId: id,
    userName: nullable(Type.String()),
    state: accountState,
    reason: nullable(Type.String()),
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

// operation, outcome and decision are words of the provisioning engine, shown as they were recorded.
export const AttemptView = closed(
  {
    id,
    at: timestamp,
    userId: id,
    operation: Type.String(),
    outcome: Type.String(),
    status: nullable(Type.Integer()),
    detail: nullable(Type.String()),
    durationMs: count,
    decision: Type.String(),
    generation: count,
    number: count,
  },
  { title: "AttemptView" },
);
export type AttemptView = Static<typeof AttemptView>;

export const AttemptPage = pageOf("AttemptPage", AttemptView);
export const AttemptQuery = pageQuery({ userId: Type.Optional(id) });
export type AttemptQuery = Static<typeof AttemptQuery>;

export const RetryResult = closed(
  { rung: Type.Integer({ minimum: 0, description: "how many stopped or failing accounts were made due now" }) },
  { title: "RetryResult" },
);
export type RetryResult = Static<typeof RetryResult>;
