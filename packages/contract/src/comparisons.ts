import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

const policy = oneOf(["report", "repair"]);

export const StartComparisonRequest = closed(
  { policy: Type.Optional(policy) },
  { title: "StartComparisonRequest", description: "Without a policy that of the connection's settings." },
);
export type StartComparisonRequest = Static<typeof StartComparisonRequest>;

export const ComparisonStarted = closed(
  { id },
  { title: "ComparisonStarted", description: "The comparison that was begun, or the one that is running already." },
);

export const Comparison = closed(
  {
    id,
    cause: oneOf(["schedule", "demand"]),
    policy,
    state: oneOf(["running", "done", "incomplete"], {
      description: "incomplete: the app did not list everything, so nothing is said about accounts that were not met.",
    }),
    reason: nullable(Type.String()),
    progress: closed({
      phase: oneOf(["listing", "missing"]),
      listed: count,
      totalResults: nullable(Type.Integer({ minimum: 0, description: "what the app says that it has" })),
    }),
    counts: closed({
      checked: Type.Integer({ minimum: 0, description: "accounts that were compared" }),
      unsettled: Type.Integer({ minimum: 0, description: "accounts left out because they were about to change" }),
      drifted: count,
      missing: count,
      orphans: count,
      unexpectedActive: count,
      duplicates: count,
      repairs: Type.Integer({ minimum: 0, description: "accounts that were made due for repair" }),
    }),
    createdAt: timestamp,
    finishedAt: nullable(timestamp),
  },
  { title: "Comparison", description: "What the app holds, compared with what it should hold." },
);
export type Comparison = Static<typeof Comparison>;

export const ComparisonPage = pageOf("ComparisonPage", Comparison);

const findingKind = oneOf(["drifted", "missing", "orphan", "unexpectedActive", "duplicate"]);

export const Finding = closed(
  {
    id,
    kind: findingKind,
    userId: nullable(id),
    remoteId: nullable(Type.String()),
    userName: nullable(Type.String()),
    attributes: Type.Array(
      closed({
        name: Type.String(),
        ours: Type.Unknown({ description: "what the app should have; null for nothing" }),
        theirs: Type.Unknown({ description: "what it has; null for nothing" }),
      }),
    ),
    repair: Type.Boolean({ description: "whether the account was made due, so that the usual way mends it" }),
  },
  { title: "Finding" },
);
export type Finding = Static<typeof Finding>;

export const FindingPage = pageOf("FindingPage", Finding);
export const FindingQuery = pageQuery({ kind: Type.Optional(findingKind) });
export type FindingQuery = Static<typeof FindingQuery>;
