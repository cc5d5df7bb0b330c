import Type, { type Static } from "typebox";
import { planStep } from "./act.ts";
import { derivations } from "./mappings.ts";
import { closed, id, nullable, oneOf, timestamp } from "./primitives.ts";

const GroupOfPerson = closed(
  {
    id,
    displayName: Type.String(),
    memberSince: nullable(timestamp),
    traceId: nullable(
      Type.String({ description: "of the request that made them a member: find it in the request log by this" }),
    ),
  },
  {
    title: "GroupOfPerson",
    description:
      "A group, and since when the person is in it, directly or through others. Both are null when they are not, or have been since before this was kept.",
  },
);

const RuleOutcome = closed(
  {
    position: Type.Integer({ minimum: 0, description: "of the rule, counted from 0" }),
    role: Type.String(),
    outcome: oneOf(
      [
        "gives",
        "outranked",
        "givenAlready",
        "removedByHand",
        "notInGroup",
        "noSuchGroup",
        "conditionFalse",
        "conditionFailed",
      ],
      {
        description:
          "gives: the person has the role by this rule; outranked: it matches, and by the precedence another one decides; givenAlready: an earlier one, or somebody by hand, gives the role.",
      },
    ),
    group: Type.Optional(GroupOfPerson),
    condition: nullable(Type.String()),
    message: nullable(Type.String({ description: "what went wrong with a condition that failed" })),
  },
  { title: "RuleOutcome" },
);

export const Why = closed(
  {
    userId: id,
    userName: Type.String(),
    isWanted: Type.Boolean({ description: "whether there should be an account, active or not" }),
    isActive: Type.Boolean({ description: "whether it should give access" }),
    scope: closed({
      why: Type.String({
        description:
          "everyone, group, person or condition for those in scope; kept for a removal that the guard holds; deleted, notAssigned, notBegun (until at), ended (at) or unreadable (message) for the others",
      }),
      group: Type.Optional(GroupOfPerson),
      at: nullable(timestamp),
      message: nullable(Type.String({ description: "what cannot be read" })),
    }),
    assignedGroups: Type.Array(GroupOfPerson, {
      description: "for somebody who is not assigned: the first 20 groups that would bring them into scope",
    }),
    changesAt: nullable(timestamp),
    roles: Type.Array(
      closed({
        role: Type.String(),
        because: oneOf(["rule", "person", "manual", "default"], {
          description: "person: their own roles attribute says so; manual: somebody gave it to them",
        }),
        rule: nullable(Type.Integer({ minimum: 0, description: "the position of the rule, counted from 0" })),
      }),
      { description: "the primary one first" },
    ),
    rules: Type.Array(RuleOutcome, { description: "what every rule does for them; nothing is asked out of scope" }),
    values: derivations,
    plan: closed({ step: planStep, reason: nullable(Type.String()) }),
    rollout: Type.Unsafe<{ id: string; number: number } | null>({
      ...closed(
        { id, number: Type.Integer({ minimum: 1 }) },
        { description: "the version that is tried out on them; null where everybody's decides" },
      ),
      type: ["object", "null"],
    }),
  },
  {
    title: "Why",
    description:
      "Why a person has an account and roles, or has not, by the code that decides it. By time alone this becomes another at changesAt.",
  },
);
export type Why = Static<typeof Why>;
