import Type, { type Static } from "typebox";
import type { Operation } from "./operation.ts";
import { noParams } from "./operation-params.ts";
import { closed, count, id, nullable, oneOf, timestamp } from "./primitives.ts";

const health = oneOf(["disabled", "quarantined", "late", "held", "paused", "healthy"], {
  description:
    "the worst first: disabled and quarantined send nothing because the app refused; late has work that waits longer than it may; held has removals that wait for approval.",
});
export type ConnectionHealth = Static<typeof health>;

export const Overview = closed(
  {
    connections: closed({
      disabled: count,
      quarantined: count,
      late: count,
      held: count,
      paused: count,
      healthy: count,
    }),
    worst: Type.Array(
      closed({
        connectionId: id,
        name: nullable(Type.String()),
        tenant: closed({ id, name: Type.String() }),
        app: closed({ id, name: Type.String() }),
        health,
        reason: nullable(Type.String()),
        since: nullable(timestamp),
        lastAttemptAt: nullable(timestamp),
      }),
    ),
  },
  { title: "Overview", description: "How many connections are how, and the first of them, the worst first." },
);
export type Overview = Static<typeof Overview>;

export const overviewOperations = {
  getOverview: {
    id: "getOverview",
    tag: "connections",
    method: "get",
    path: "/api/v1/overview",
    summary: "Read the health of all connections of all tenants",
    params: noParams,
    query: closed({ limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })) }),
    success: { status: 200, schema: Overview },
  },
} as const satisfies Record<string, Operation>;
