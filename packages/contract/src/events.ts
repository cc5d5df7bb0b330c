import Type, { type Static } from "typebox";
import { closed, id, matching, nullable, oneOf, timestamp } from "./primitives.ts";

/** Every type of event that there is today. */
export const eventTypes = [
  "user.created",
  "user.updated",
  "user.activated",
  "user.deactivated",
  "user.deleted",
  "user.returned",
  "group.created",
  "group.renamed",
  "group.updated",
  "group.deleted",
  "membership.added",
  "membership.removed",
  "role.granted",
  "role.revoked",
  "account.created",
  "account.updated",
  "account.activated",
  "account.deactivated",
  "account.deleted",
  "account.failed",
  "account.conflict",
  "approval.asked",
  "approval.decided",
  "connection.created",
  "connection.updated",
  "connection.quarantined",
  "connection.recovered",
  "connection.disabled",
  "connection.paused",
  "connection.resumed",
  "rollout.started",
  "rollout.changed",
  "rollout.promoted",
  "rollout.dropped",
] as const;
export type EventType = (typeof eventTypes)[number];

/** Types of events, as a webhook names those that it wants. */
export const eventTypeList = Type.Array(oneOf([...eventTypes]), { minItems: 1, maxItems: 100, uniqueItems: true });

// What an integrator's program keeps between two calls, never to be made by hand.
export const cursor = matching("^[A-Za-z0-9_-]{1,12000}$", 12_000, "the cursor of an earlier answer, unchanged");

export const Event = closed(
  {
    id: Type.String({ format: "uuid", description: "stable: the same at every delivery" }),
    type: Type.String({ description: "such as user.created; more types may come" }),
    scimEvent: nullable(Type.String({ description: "what RFC 9967 calls it" })),
    time: timestamp,
    tenantId: id,
    directoryId: nullable(Type.String()),
    userId: nullable(Type.String()),
    groupId: nullable(Type.String()),
    connectionId: nullable(Type.String()),
    changes: Type.Unsafe<Record<string, { old: unknown; new: unknown }>>({
      description:
        'what was and what is, by attribute: {"title": {"old": null, "new": "Lead"}}; null for none; never a secret',
    }),
    traceId: nullable(Type.String()),
  },
  { title: "Event" },
);
export type Event = Static<typeof Event>;

export const EventPage = closed(
  {
    items: Type.Array(Event),
    cursor: Type.String({ description: "where to go on; there even when nothing is new" }),
    hasMore: Type.Boolean({ description: "ask again at once; else in a while" }),
  },
  { title: "EventPage" },
);
export type EventPage = Static<typeof EventPage>;

/** Events looked at when the caller does not say. */
export const defaultEventLimit = 100;
export const EventQuery = closed({
  after: Type.Optional(cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: defaultEventLimit })),
  types: Type.Optional(
    matching(
      "^[a-z]+\\.[a-z]+(?:,[a-z]+\\.[a-z]+)*$",
      2_000,
      "types of events with commas between, such as user.created",
    ),
  ),
});

const days = Type.Integer({ minimum: 1, maximum: 365, description: "how long events are kept" });

export const EventStream = closed(
  {
    enabled: Type.Boolean(),
    days,
    ready: Type.Boolean({ description: "a snapshot can be taken: from here on every change has its event" }),
  },
  { title: "EventStream" },
);
export type EventStream = Static<typeof EventStream>;

export const PutEventStreamRequest = closed(
  { enabled: Type.Boolean(), days: Type.Optional(days) },
  { title: "PutEventStreamRequest" },
);
export type PutEventStreamRequest = Static<typeof PutEventStreamRequest>;

const resource = Type.Unsafe<Record<string, unknown>>({ description: "its attributes, as events tell of them" });

export const SnapshotLine = closed(
  {
    kind: oneOf(["cursor", "user", "group", "membership", "end"]),
    cursor: Type.Optional(Type.String({ description: "of the first line: where the events go on" })),
    id: Type.Optional(id),
    directoryId: Type.Optional(id),
    resource: Type.Optional(resource),
    groupId: Type.Optional(id),
    userId: Type.Optional(id),
    lines: Type.Optional(
      Type.Integer({ description: "of the last line: how many came before; without it the rest is missing" }),
    ),
  },
  { title: "SnapshotLine" },
);
export type SnapshotLine = Static<typeof SnapshotLine>;
