import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, timestamp } from "./primitives.ts";

export const WaitingPerson = closed(
  {
    userId: id,
    userName: Type.String(),
    position: Type.Integer({ minimum: 1, description: "whoever is first is let in next" }),
    since: timestamp,
  },
  { title: "WaitingPerson" },
);
export type WaitingPerson = Static<typeof WaitingPerson>;

export const WaitingPersonPage = pageOf("WaitingPersonPage", WaitingPerson);
