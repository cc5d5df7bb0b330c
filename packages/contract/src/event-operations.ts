import { EventPage, EventQuery, EventStream, PutEventStreamRequest, SnapshotLine } from "./events.ts";
import type { Operation } from "./operation.ts";
import { tenantParams } from "./operation-params.ts";

/** What happened in a tenant, in order, and what is there now. */
export const eventOperations = {
  getEventStream: {
    id: "getEventStream",
    tag: "events",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/event-stream",
    summary: "Read whether a tenant has events and for how long they are kept",
    params: tenantParams,
    success: { status: 200, schema: EventStream },
  },
  putEventStream: {
    id: "putEventStream",
    tag: "events",
    method: "put",
    path: "/api/v1/tenants/{tenantId}/event-stream",
    summary: "Switch a tenant's events on or off",
    params: tenantParams,
    body: PutEventStreamRequest,
    success: { status: 200, schema: EventStream },
  },
  readEvents: {
    id: "readEvents",
    tag: "events",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/events",
    summary: "Read a tenant's events in order, after a cursor that loses none",
    params: tenantParams,
    query: EventQuery,
    gone: true,
    success: { status: 200, schema: EventPage },
  },
  getSnapshot: {
    id: "getSnapshot",
    tag: "events",
    method: "get",
    path: "/api/v1/tenants/{tenantId}/snapshot",
    summary: "Read all people, groups and memberships as of one moment, and the cursor from which the events go on",
    params: tenantParams,
    success: { status: 200, schema: SnapshotLine, lines: true },
  },
} as const satisfies Record<string, Operation>;
