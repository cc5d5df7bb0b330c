import type { ColumnType, Generated } from "kysely";
import type { NullableTimestamp, TenantId, Timestamp, WorkspaceId } from "./column-types.ts";

export type WebhookState = "enabled" | "disabled";
/** What one try to tell a webhook came to; `givenUp` is the last of many. */
export type DeliveryOutcome = "delivered" | "failed" | "givenUp";

/** The tables of events and webhooks as Kysely sees them. */
export type EventTables = {
  event_streams: {
    tenant_id: TenantId;
    workspace_id: WorkspaceId;
    enabled: boolean;
    days: Generated<number>;
    barrier: string | null;
    floor_place: Generated<string>;
    floor_seq: Generated<number>;
    created_at: Timestamp;
  };
  webhook_lanes: {
    lane_id: string;
    tenant_id: TenantId;
    workspace_id: WorkspaceId;
    webhook_id: string;
    place: string;
    seq: number;
    snapshot: string | null;
    attempts: Generated<number>;
    failing_since: NullableTimestamp;
  };
  webhooks: {
    workspace_id: WorkspaceId;
    id: string;
    name: string | null;
    url: string;
    types: string[] | null;
    app_id: string | null;
    state: Generated<WebhookState>;
    state_reason: string | null;
    wrapped_key: Buffer;
    sealed_secret: Buffer;
    sealed_previous: Buffer | null;
    previous_until: NullableTimestamp;
    last_success_at: NullableTimestamp;
    created_at: Timestamp;
  };
  events: {
    tenant_id: TenantId;
    place: string;
    seq: Generated<number>;
    xid: Generated<string>;
    id: Generated<string>;
    at: Timestamp;
    type: string;
    directory_id: string | null;
    user_id: string | null;
    group_id: string | null;
    connection_id: string | null;
    changes: ColumnType<unknown, string, string>;
    trace_id: string | null;
  };
  webhook_redeliveries: {
    tenant_id: TenantId;
    webhook_id: string;
    id: string;
    event_id: string | null;
    created_at: Timestamp;
  };
  webhook_deliveries: {
    tenant_id: TenantId;
    webhook_id: string;
    id: string;
    at: Timestamp;
    event_id: string | null;
    type: string;
    outcome: DeliveryOutcome;
    status: number | null;
    detail: string | null;
    duration_ms: number;
    number: number;
  };
};
