import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, id, nullable, oneOf, text, timestamp } from "./primitives.ts";

const nullableBoolean = Type.Unsafe<boolean | null>({ type: ["boolean", "null"] });

export const Candidate = closed(
  {
    remoteId: Type.String({ description: "the account's id in the app" }),
    userName: nullable(Type.String()),
    emails: Type.Array(Type.String()),
    externalId: nullable(Type.String()),
    active: nullableBoolean,
  },
  { title: "Candidate", description: "An account of the app that may be the person's." },
);
export type Candidate = Static<typeof Candidate>;

const decision = oneOf(["link", "createNew", "ignore"]);

export const Conflict = closed(
  {
    userId: id,
    userName: Type.String(),
    why: Type.String({ description: "what is the matter, and what can be done" }),
    candidates: Type.Array(Candidate),
    foundAt: timestamp,
    decision: nullable(Type.String({ description: "link, createNew or ignore; null while nobody has decided" })),
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(timestamp),
  },
  { title: "Conflict", description: "A person whose account in the app somebody has to decide about." },
);
export type Conflict = Static<typeof Conflict>;

export const ConflictPage = pageOf("ConflictPage", Conflict);
export const ConflictQuery = pageQuery({
  state: Type.Optional(oneOf(["open", "decided"], { default: "open" })),
});
export type ConflictQuery = Static<typeof ConflictQuery>;

export const DecideConflictRequest = closed(
  {
    action: decision,
    remoteId: Type.Optional(text(1, 1024, "with link: the remoteId of one of the candidates")),
  },
  { title: "DecideConflictRequest" },
);
export type DecideConflictRequest = Static<typeof DecideConflictRequest>;
