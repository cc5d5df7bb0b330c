import Type, { type Static } from "typebox";
import { pageOf } from "./page.ts";
import { closed, id, timestamp } from "./primitives.ts";

export const Notice = closed(
  {
    id,
    at: timestamp,
    kind: Type.String({ description: "such as token.expires.7" }),
    subject: Type.String({ description: "the id of what it is about" }),
    message: Type.String({ description: "what is the matter, and what to do" }),
  },
  { title: "Notice" },
);
export type Notice = Static<typeof Notice>;

export const NoticePage = pageOf("NoticePage", Notice);
