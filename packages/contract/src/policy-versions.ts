import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { proposedEdit } from "./plans.ts";
import { closed, id, nullable, timestamp } from "./primitives.ts";

const number = Type.Integer({ minimum: 1, description: "counted from 1 for each connection" });

const told = {
  id,
  number,
  at: timestamp,
  actor: Type.String(),
  cause: Type.String({
    description:
      "start for what was there before the first edit; else which parts were put, which version was restored, or what was done with a rollout",
  }),
  traceId: nullable(Type.String({ description: "of the request that brought it" })),
  staged: Type.Boolean({ description: "it was tried out on some people: everybody else kept the version before it" }),
};

export const PolicyVersionEntry = closed(told, { title: "PolicyVersionEntry" });
export type PolicyVersionEntry = Static<typeof PolicyVersionEntry>;
export const PolicyVersionPage = pageOf("PolicyVersionPage", PolicyVersionEntry);

export const PolicyVersion = closed(
  { ...told, policy: proposedEdit },
  {
    title: "PolicyVersion",
    description:
      "What decided a connection's accounts from a moment on: each part as the request that would save it. A mapping whose rows are null is that of the app.",
  },
);
export type PolicyVersion = Static<typeof PolicyVersion>;

export const ChangesQuery = closed({
  since: Type.Optional({
    ...id,
    description: "the version to compare with; the one before it that was everybody's unless said",
  }),
});

export const PolicyChanges = closed(
  {
    since: number,
    number,
    changes: Type.Array(
      closed({
        path: Type.String({ description: "such as rules.rules[0].role" }),
        before: Type.Unknown({ description: "null where it is not there" }),
        after: Type.Unknown({ description: "null where it is not there" }),
      }),
    ),
  },
  { title: "PolicyChanges" },
);
export type PolicyChanges = Static<typeof PolicyChanges>;
