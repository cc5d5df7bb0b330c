import Type, { type Static } from "typebox";
import { type AccountState, AttemptDetail, accountStates } from "./accounts.ts";
import { pageOf } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

export const RedriveRequest = closed(
  {
    since: timestamp,
    classes: Type.Optional(
      Type.Array(oneOf(["transient", "unknown", "conflict", "permanent", "gone", "mismatch", "refused"]), {
        minItems: 1,
        maxItems: 7,
        uniqueItems: true,
        description:
          "Of which kind the last failure was: as in attempts, or mismatch, where the app said success and showed something else, or refused, where nothing was sent. All of them unless said.",
      }),
    ),
  },
  { title: "RedriveRequest", description: "Which of the failing and stopped accounts are made due now." },
);
export type RedriveRequest = Static<typeof RedriveRequest>;

export const RedriveResult = closed(
  { redriven: Type.Integer({ minimum: 0, description: "how many accounts were made due now" }) },
  { title: "RedriveResult" },
);

export const ProvisionRequest = closed(
  {
    waitMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30_000,
        default: 10_000,
        description: "How long the answer may wait for what comes of it.",
      }),
    ),
  },
  { title: "ProvisionRequest" },
);

/** Steps that a plan names; of each the first are shown with names. */
export const planSteps = [
  "create",
  "takeOver",
  "update",
  "reactivate",
  "deactivate",
  "delete",
  "lookUp",
  "wait",
  "conflict",
  "forbidden",
  "unfit",
  "held",
  "gated",
  "waitlisted",
  "unapproved",
  "none",
] as const;
export const planStep = oneOf([...planSteps], {
  description:
    "lookUp reads the app first, and what follows depends on what it finds; held waits for the guard, gated for the gate, waitlisted for a seat, unapproved for somebody's approval or was rejected, conflict for a decision; forbidden is against the connection's policies; unfit is somebody for whom the mapping gives nothing that can be sent.",
});
export type PlanStep = Static<typeof planStep>;

/** Whether somebody should have an account, and why. */
export const scope = closed({
  inScope: Type.Boolean(),
  why: oneOf(
    ["everyone", "group", "person", "condition", "kept", "deleted", "notAssigned", "notBegun", "ended", "unreadable"],
    {
      description:
        "person: assigned by themselves; kept: out of scope, and the removal waits for the guard; notBegun, ended: by a date; unreadable: a condition failed or a date cannot be read, so that what they have is kept.",
    },
  ),
  groupId: nullable(Type.String()),
});

export const ProvisionReport = closed(
  {
    userId: id,
    traceId: Type.String({ description: "by which its attempts are found" }),
    steps: Type.Array(
      closed({
        step: oneOf(["scope", "desired", "plan", "send", "result"]),
        ok: Type.Boolean(),
        detail: Type.String(),
      }),
    ),
    scope,
    desired: Type.Unknown({ description: "what the account should be, as it is sent to the app; null for none" }),
    plan: closed({ step: planStep, reason: nullable(Type.String()) }),
    attempts: Type.Array(AttemptDetail),
    result: closed({
      isDone: Type.Boolean({ description: "false when nothing had come of it when the wait was over" }),
      state: Type.Unsafe<AccountState | null>({ type: ["string", "null"], enum: [...accountStates, null] }),
      reason: nullable(Type.String()),
      remoteId: nullable(Type.String()),
      nextAttemptAt: nullable(timestamp),
    }),
  },
  { title: "ProvisionReport" },
);
export type ProvisionReport = Static<typeof ProvisionReport>;

export const PlanRequest = closed(
  {
    names: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 200, default: 20, description: "How many are named of each step." }),
    ),
    ifOpen: Type.Optional(Type.Boolean({ description: "Plan as if the gate of the connection were open." })),
  },
  { title: "PlanRequest" },
);
export type PlanRequest = Static<typeof PlanRequest>;

export const Plan = closed(
  {
    people: Type.Integer({ minimum: 0, description: "everybody who has, or should have, an account" }),
    inScope: count,
    removals: Type.Integer({ minimum: 0, description: "people who would lose access" }),
    guardThreshold: Type.Integer({
      minimum: 0,
      description: "a change that removes more people than this waits for approval",
    }),
    isExpanding: Type.Boolean({ description: "true while an edit of who or what is still being worked into accounts" }),
    steps: Type.Array(
      closed({
        step: planStep,
        count,
        first: Type.Array(closed({ userId: id, userName: Type.String(), reason: nullable(Type.String()) })),
      }),
    ),
    notes: Type.Array(Type.String(), {
      description: "what will not happen at this app, or otherwise than elsewhere, and why",
    }),
  },
  { title: "Plan", description: "What would be done to whom now. Nothing was sent or stored." },
);
export type Plan = Static<typeof Plan>;

export const OpenGateRequest = closed(
  {
    groups: Type.Optional(
      Type.Array(id, {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description:
          "Opens it for the people of these groups, besides those that it is open for; without, for everybody.",
      }),
    ),
  },
  { title: "OpenGateRequest" },
);
export type OpenGateRequest = Static<typeof OpenGateRequest>;

export const TimelineEntry = closed(
  {
    id,
    at: timestamp,
    kind: oneOf(["accepted", "hold", "conflict", "approval", "attempt"]),
    connectionId: nullable(id),
    traceId: nullable(Type.String()),
    actor: nullable(Type.String()),
    what: Type.String({ description: "the action that was accepted or held, or the operation that was attempted" }),
    state: nullable(
      Type.String({
        description: "what became of it: an attempt's decision, a hold's, a conflict's or an approval's state",
      }),
    ),
    status: nullable(Type.Integer()),
    detail: nullable(Type.String()),
  },
  { title: "TimelineEntry" },
);
export type TimelineEntry = Static<typeof TimelineEntry>;

export const TimelinePage = pageOf("TimelinePage", TimelineEntry);
