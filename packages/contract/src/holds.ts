import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, id, nullable, oneOf, timestamp } from "./primitives.ts";

const holdState = oneOf(["held", "approved", "rejected", "expired"], {
  description:
    "held waits for a decision; approved was removed; rejected and expired keep their access until what decides about it changes.",
});

export const Hold = closed(
  {
    id,
    connectionId: id,
    state: holdState,
    cause: closed({
      action: Type.String({ description: "what was done, such as group.delete" }),
      target: nullable(Type.String({ description: "the id of what it was done to" })),
      name: nullable(Type.String({ description: "its name at that time" })),
      actor: Type.String({ description: "who did it, as the audit names them" }),
      at: timestamp,
    }),
    people: Type.Integer({ minimum: 0, description: "people who would lose access" }),
    inScope: Type.Integer({ minimum: 0, description: "people in scope before the change" }),
    threshold: Type.Integer({ minimum: 0, description: "how many one cause may remove without approval" }),
    sourceIncomplete: Type.Boolean({ description: "held whatever the number, because its source was read in part" }),
    createdAt: timestamp,
    expiresAt: timestamp,
    decidedAt: nullable(timestamp),
    decidedBy: nullable(Type.String()),
  },
  { title: "Hold" },
);
export type Hold = Static<typeof Hold>;

export const HoldPage = pageOf("HoldPage", Hold);

export const HoldQuery = pageQuery({ state: Type.Optional(holdState) });

export const HeldPerson = closed(
  { userId: id, userName: Type.String(), displayName: nullable(Type.String()) },
  { title: "HeldPerson" },
);
export type HeldPerson = Static<typeof HeldPerson>;

export const HeldPersonPage = pageOf("HeldPersonPage", HeldPerson);
