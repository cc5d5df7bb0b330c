import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

const chosen = (description: string) =>
  Type.Optional(Type.Array(id, { minItems: 1, maxItems: 1000, uniqueItems: true, description }));

const mode = oneOf(["giveBack", "exact"], {
  description: "giveBack puts back what was taken away since; exact also takes away what was added since",
});

export const RequestUndoRequest = closed(
  {
    to: Type.String({
      format: "date-time",
      description: "a date and time as RFC 3339 writes it: what is chosen is to be as it was then",
    }),
    mode: Type.Optional(mode),
    groupIds: chosen("only these groups and who is in them"),
    userIds: chosen("only these people: whether they are active, and what groups they are in"),
  },
  {
    title: "RequestUndoRequest",
    description: "The whole directory unless groups or people are chosen; with both, these people in these groups.",
  },
);
export type RequestUndoRequest = Static<typeof RequestUndoRequest>;

const change = oneOf(
  ["returnGroup", "returnPerson", "activate", "addMember", "addNested", "removeMember", "removeNested", "deactivate"],
  { description: "what is done, in this order; addNested and removeNested are about groups in groups" },
);
const itemState = oneOf(["waiting", "done", "refused"], { description: "refused says why in its reason" });

const group = Type.Optional(closed({ id, displayName: nullable(Type.String()) }));

export const UndoItem = closed(
  {
    change,
    group,
    person: Type.Optional(closed({ id, userName: nullable(Type.String()) })),
    member: group,
    state: itemState,
    reason: nullable(Type.String()),
  },
  { title: "UndoItem", description: "One thing that an undo does; member is the group that is in the group." },
);
export type UndoItem = Static<typeof UndoItem>;
export const UndoItemPage = pageOf("UndoItemPage", UndoItem);
export const UndoItemQuery = pageQuery({ change: Type.Optional(change), state: Type.Optional(itemState) });

const told = {
  id,
  actor: Type.String({ description: "who asked for it" }),
  to: timestamp,
  mode,
  groupIds: Type.Unsafe<string[] | null>({ type: ["array", "null"], items: id }),
  userIds: Type.Unsafe<string[] | null>({ type: ["array", "null"], items: id }),
  state: oneOf(["waiting", "ready", "applying", "done", "failed"], {
    description: "ready is a preview: nothing was changed",
  }),
  reason: nullable(Type.String({ description: "why it failed" })),
  appliedBy: nullable(Type.String({ description: "who had it done, as the audit names them" })),
  traceId: nullable(Type.String({ description: "of everything that it changes" })),
  createdAt: timestamp,
  readyAt: nullable(timestamp),
  appliedAt: nullable(timestamp),
  finishedAt: nullable(timestamp),
};

export const UndoEntry = closed(told, { title: "UndoEntry" });
export type UndoEntry = Static<typeof UndoEntry>;
export const UndoPage = pageOf("UndoPage", UndoEntry);

export const Undo = closed(
  {
    ...told,
    changes: Type.Array(closed({ change, waiting: count, done: count, refused: count, first: Type.Array(UndoItem) }), {
      description: "how many of each kind there are, with the first few",
    }),
  },
  { title: "Undo", description: "A directory put back to what it was at a time: first as a preview, then done." },
);
export type Undo = Static<typeof Undo>;
