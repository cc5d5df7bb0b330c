import Type, { type Static } from "typebox";
import { pageOf, pageQuery } from "./page.ts";
import { closed, count, id, matching, nullable, oneOf, text, timestamp } from "./primitives.ts";

const DialectNote = closed(
  { seen: Type.String(), taken: Type.String() },
  { description: "what a client sent otherwise than the standard says, and what it was taken to mean" },
);

const summary = {
  id,
  at: timestamp,
  method: Type.String(),
  path: Type.String({ description: "below the directory's address; values in the query are masked" }),
  status: Type.Integer(),
  durationMs: Type.Number({ minimum: 0 }),
  client: Type.String({ description: 'which client it looks like, such as "okta" or "unknown (curl/8.5.0)"' }),
  actor: nullable(Type.String({ description: "the token that was used, by its public id" })),
  resourceId: nullable(Type.String()),
  scimType: nullable(Type.String()),
  detail: nullable(Type.String({ description: "of an error; what it quotes is masked" })),
  notes: Type.Array(DialectNote),
  traceId: nullable(Type.String()),
};

export const RequestView = closed(summary, { title: "RequestView" });
export type RequestView = Static<typeof RequestView>;

export const RequestDetail = closed(
  { ...summary, body: Type.Unknown({ description: "the request's body, masked; null where none was kept" }) },
  { title: "RequestDetail" },
);
export type RequestDetail = Static<typeof RequestDetail>;

export const RequestPage = pageOf("RequestPage", RequestView);
export const RequestQuery = pageQuery({
  status: Type.Optional(matching("^[1-5](?:[0-9]{2}|xx)$", 3, "a status such as 409, or a class such as 4xx")),
  method: Type.Optional(oneOf(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])),
  client: Type.Optional(text(1, 100)),
  resourceId: Type.Optional(id),
  since: Type.Optional(timestamp),
  until: Type.Optional(timestamp),
  hasNotes: Type.Optional(oneOf(["true", "false"])),
  traceId: Type.Optional(matching("^[0-9a-f]{32}$", 32, "a trace id: 32 hexadecimal digits in lower case")),
});
export type RequestQuery = Static<typeof RequestQuery>;

export const Dialects = closed(
  {
    since: timestamp,
    isComplete: Type.Boolean({
      description: "false when there were more requests than a summary reads: the newest count",
    }),
    dialects: Type.Array(
      closed({
        client: Type.String(),
        requests: count,
        errors: count,
        firstSeenAt: timestamp,
        lastSeenAt: timestamp,
        notes: Type.Array(closed({ seen: Type.String(), taken: Type.String(), count })),
      }),
    ),
  },
  { title: "Dialects" },
);
export type Dialects = Static<typeof Dialects>;

/** Days that a summary looks back when the caller does not say. */
export const defaultDialectDays = 7;
export const DialectQuery = closed({
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90, default: defaultDialectDays })),
});
export type DialectQuery = Static<typeof DialectQuery>;
