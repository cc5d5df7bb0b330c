import Type, { type Static } from "typebox";
import { proposedEdit } from "./plans.ts";
import { closed, count, id, nullable, timestamp } from "./primitives.ts";
import { GroupRef, PersonRef } from "./rules.ts";

const whom = {
  people: Type.Optional(
    Type.Array(PersonRef, { maxItems: 1000, default: [], description: "Single people; they must be there." }),
  ),
  groups: Type.Optional(
    Type.Array(GroupRef, {
      maxItems: 20,
      default: [],
      description: "Whoever is in one of them, or comes into it; they must be there.",
    }),
  ),
};

export const StartRolloutRequest = closed(
  { proposed: proposedEdit, ...whom },
  { title: "StartRolloutRequest", description: "At least one person or group." },
);
export type StartRolloutRequest = Static<typeof StartRolloutRequest>;

export const PutRolloutPeopleRequest = closed(whom, {
  title: "PutRolloutPeopleRequest",
  minProperties: 1,
  description: "Replaces on whom it is tried out: at least one person or group.",
});
export type PutRolloutPeopleRequest = Static<typeof PutRolloutPeopleRequest>;

export const Rollout = closed(
  {
    version: closed(
      { id, number: Type.Integer({ minimum: 1, description: "counted from 1 for each connection" }) },
      { description: "which version holds it: what it changes is told by /versions/{versionId}/changes" },
    ),
    actor: Type.String({ description: "who began it" }),
    startedAt: timestamp,
    proposed: proposedEdit,
    people: Type.Array(closed({ id, userName: Type.String() })),
    groups: Type.Array(
      closed({ id, displayName: nullable(Type.String({ description: "null for a group that is gone" })) }),
    ),
    count: { ...count, description: "how many people that is now, each once" },
  },
  {
    title: "Rollout",
    description:
      "An edit of assignments, rules or mapping that applies to some people only, until it is promoted or dropped. Every part is there, as the request that would save it.",
  },
);
export type Rollout = Static<typeof Rollout>;

export const RolloutState = closed(
  { rollout: Type.Optional(Rollout) },
  { title: "RolloutState", description: "Without rollout nothing is tried out." },
);
