import type { Attributes } from "@muster/scim";
import type { ColumnType, Generated, JSONColumnType } from "kysely";

/** Identifies a customer of an app owner. First argument of every store function that touches tenant rows. */
export type TenantId = string;
/** Identifies an app owner's space. */
export type WorkspaceId = string;

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

export type AccountState = "pending" | "synced" | "failing" | "stopped" | "held";
/** A held cause of removals: undecided, or how it was decided. */
export type HoldState = "held" | "approved" | "rejected" | "expired";
export type OnLeave = "deactivate" | "delete" | "leave";
export type UpdateMethod = "patch" | "put";
export type Adoption = "link" | "refuse";
export type Precedence = "first" | "all";
export type AuthScheme = "bearer" | "header" | "basic";
/** A bearer token for an identity provider, or a client that gets short-lived tokens (OAuth client credentials). */
export type TokenKind = "bearer" | "client";
/** By what else than the id a parked member may name a person who arrives later. */
export type MemberMatching = "externalId" | "userName";

/** The tables as Kysely sees them. Column names are the wire names in snake_case; see migrations for the comments. */
export type Tables = {
  workspaces: { id: WorkspaceId; name: string; created_at: Timestamp };
  api_keys: {
    public_id: string;
    workspace_id: WorkspaceId;
    role: "owner";
    digest: Buffer;
    pepper_id: string;
    created_at: Timestamp;
    revoked_at: NullableTimestamp;
    last_used_at: NullableTimestamp;
  };
  directory_tokens: {
    public_id: string;
    tenant_id: TenantId;
    directory_id: string;
    digest: Buffer;
    pepper_id: string;
    kind: Generated<TokenKind>;
    scopes: string[] | null;
    suspended: Generated<boolean>;
    created_at: Timestamp;
    expires_at: Timestamp;
    revoked_at: NullableTimestamp;
    last_used_at: NullableTimestamp;
    last_used_from: string | null;
    last4: string | null;
  };
  credential_epoch: { only_row: Generated<boolean>; epoch: number };
  lanes: {
    connection_id: string;
    tenant_id: TenantId;
    workspace_id: WorkspaceId;
    epoch: Generated<number>;
    lease_owner: string | null;
    lease_until: NullableTimestamp;
    due_at: NullableTimestamp;
    removal_due: Generated<boolean>;
    paused: Generated<boolean>;
    suspended: Generated<boolean>;
    held_until: NullableTimestamp;
    hold_expires_at: NullableTimestamp;
    failures: Generated<number>;
  };
  lane_marks: { id: Generated<number>; tenant_id: TenantId; connection_id: string; removal: boolean };
  apps: { workspace_id: WorkspaceId; id: string; name: string; created_at: Timestamp };
  app_roles: { workspace_id: WorkspaceId; app_id: string; key: string; name: string; position: number };
  tenants: {
    workspace_id: WorkspaceId;
    id: TenantId;
    name: string;
    external_id: string | null;
    created_at: Timestamp;
    suspended_at: NullableTimestamp;
  };
  workspace_audit: {
    workspace_id: WorkspaceId;
    id: string;
    at: Timestamp;
    actor: string;
    action: string;
    target: string;
  };
  tenant_keys: { tenant_id: TenantId; id: string; wrapped: Buffer; wrapped_by: string; created_at: Timestamp };
  directories: {
    tenant_id: TenantId;
    id: string;
    provider: string;
    name: string;
    created_at: Timestamp;
    enabled: Generated<boolean>;
    allowed_addresses: string[] | null;
    requests_per_second: number | null;
    member_matching: ColumnType<MemberMatching[], MemberMatching[] | undefined, MemberMatching[]>;
    tombstone_days: Generated<number>;
    request_log_days: Generated<number>;
    request_log_bodies: Generated<boolean>;
    extensions: ColumnType<unknown, string | undefined, string>;
  };
  users: {
    tenant_id: TenantId;
    id: string;
    directory_id: string;
    user_name: string;
    user_name_key: string;
    external_id: string | null;
    active: boolean;
    attributes: JSONColumnType<Attributes>;
    version: Generated<number>;
    created_at: Timestamp;
    updated_at: Timestamp;
    deleted_at: NullableTimestamp;
  };
  groups: {
    tenant_id: TenantId;
    id: string;
    directory_id: string;
    display_name: string;
    display_name_key: string;
    external_id: string | null;
    attributes: JSONColumnType<Attributes>;
    version: Generated<number>;
    created_at: Timestamp;
    updated_at: Timestamp;
  };
  user_emails: { tenant_id: TenantId; directory_id: string; email_key: string; user_id: string };
  group_members: { tenant_id: TenantId; group_id: string; member_group_id: string };
  group_ancestors: { tenant_id: TenantId; ancestor_id: string; group_id: string };
  memberships: { tenant_id: TenantId; group_id: string; user_id: string };
  parked_members: { tenant_id: TenantId; group_id: string; value: string; created_at: Timestamp };
  connections: {
    tenant_id: TenantId;
    id: string;
    workspace_id: WorkspaceId;
    app_id: string;
    directory_id: string;
    name: string | null;
    kind: "scim";
    base_url: string;
    auth_scheme: AuthScheme;
    key_id: string;
    sealed_auth: Buffer;
    profile: string | null;
    on_leave: OnLeave;
    update_method: UpdateMethod;
    adoption: Adoption;
    max_in_flight: number;
    rate_per_second: number | null;
    guard_percent: Generated<number>;
    everyone: Generated<boolean>;
    precedence: Generated<Precedence>;
    default_role: string | null;
    state: Generated<"active" | "quarantined">;
    state_reason: string | null;
    last_attempt_at: NullableTimestamp;
    created_at: Timestamp;
  };
  assignments: {
    tenant_id: TenantId;
    connection_id: string;
    position: number;
    group_id: string | null;
    display_name: string | null;
    display_name_key: string | null;
  };
  rules: {
    tenant_id: TenantId;
    connection_id: string;
    position: number;
    group_id: string | null;
    display_name: string | null;
    display_name_key: string | null;
    role_key: string;
  };
  accounts: {
    tenant_id: TenantId;
    connection_id: string;
    user_id: string;
    desired_generation: Generated<number>;
    applied_generation: Generated<number>;
    state: Generated<AccountState>;
    reason: string | null;
    due_at: NullableTimestamp;
    removal: Generated<boolean>;
    remote_id: string | null;
    remote_user_name_key: string | null;
    applied: ColumnType<Attributes | null, string | null, string | null>;
    lookups: Generated<number>;
    verify: Generated<boolean>;
    in_flight_epoch: number | null;
    attempts: Generated<number>;
    crashes: Generated<number>;
    updated_at: Timestamp;
  };
  expansions: {
    tenant_id: TenantId;
    connection_id: string;
    id: string;
    cause: string;
    removal: Generated<boolean>;
    user_ids: string[] | null;
    done: Generated<number>;
    after_user_id: string | null;
    barrier: string | null;
    actor: string | null;
    subject: string | null;
    guard: "scope" | "people" | null;
    hold_all: Generated<boolean>;
    open_until: NullableTimestamp;
    created_at: Timestamp;
  };
  holds: {
    tenant_id: TenantId;
    connection_id: string;
    id: string;
    cause: string;
    actor: string;
    subject: string | null;
    at: Timestamp;
    people: number;
    in_scope: number;
    threshold: number;
    incomplete: boolean;
    state: Generated<HoldState>;
    created_at: Timestamp;
    expires_at: Timestamp;
    decided_at: NullableTimestamp;
    decided_by: string | null;
  };
  held_removals: {
    tenant_id: TenantId;
    connection_id: string;
    user_id: string;
    hold_id: string;
    state: Generated<"held" | "rejected">;
  };
  attempts: {
    tenant_id: TenantId;
    connection_id: string;
    id: string;
    user_id: string;
    at: Timestamp;
    operation: string;
    outcome: string;
    status: number | null;
    detail: string | null;
    duration_ms: number;
    decision: string;
    generation: number;
    number: number;
  };
  notices: { tenant_id: TenantId; id: string; at: Timestamp; kind: string; subject: string; message: string };
  requests: {
    tenant_id: TenantId;
    directory_id: string;
    id: string;
    at: Timestamp;
    method: string;
    path: string;
    status: number;
    duration_ms: number;
    client: string;
    actor: string | null;
    resource_id: string | null;
    scim_type: string | null;
    detail: string | null;
    notes: ColumnType<{ seen: string; taken: string }[], string | undefined, string>;
    body: ColumnType<unknown, string | null, string | null>;
    trace_id: string | null;
  };
  audit: { tenant_id: TenantId; id: string; at: Timestamp; actor: string; action: string; target: string };
};
