import type { Attributes } from "@muster/scim";
import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { ApprovalsTable } from "./approval-tables.ts";
import type { NullableTimestamp, TenantId, Timestamp, WorkspaceId } from "./column-types.ts";
import type { ComparisonPolicy, ConnectionsTable, OnLeave } from "./connection-tables.ts";
import type { EventTables } from "./event-tables.ts";
import type { Role } from "./holders.ts";
import type { MappingTables } from "./mapping-tables.ts";
import type { PlansTable } from "./plan-tables.ts";
import type { PolicyVersionsTable } from "./policy-version-tables.ts";
import type { ProbeObjectsTable, ProbesTable } from "./probe-tables.ts";
import type { RemoteGroupTables } from "./remote-group-tables.ts";
import type { RolloutTables } from "./rollout-tables.ts";
import type { RuleColumns, ScopeTables } from "./scope-tables.ts";
import type { AttemptsTable, AuditTable, TraceIdColumn, WorkspaceAuditTable } from "./trace-tables.ts";

export type { TenantId, WorkspaceId } from "./column-types.ts";
export type {
  Adoption,
  AuthScheme,
  ComparisonPolicy,
  ConnectionState,
  GateState,
  MatchAttribute,
  OnLeave,
  Precedence,
  TlsFacts,
  UpdateMethod,
} from "./connection-tables.ts";

export type AccountState = "pending" | "synced" | "failing" | "stopped" | "held";
/** Accounts tried in one minute of the database's clock, and those of them that the app failed. */
export type MinuteCount = { minute: number; tried: number; failed: number };
/** A held cause of removals: undecided, or how it was decided. */
export type HoldState = "held" | "approved" | "rejected" | "expired";
/** How a removal was done; `found` when somebody else had done it already. */
export type RemovalAction = "deactivated" | "deleted" | "found";
/** What was read back after a removal; `none` where the app does not show it. */
export type RemovalConfirmation = "inactive" | "absent" | "none";
export type ComparisonState = "running" | "done" | "incomplete";
export type FindingKind = "drifted" | "missing" | "orphan" | "unexpectedActive" | "duplicate";
export type ConflictDecision = "link" | "createNew" | "ignore";
/** A bearer token for an identity provider, or a client that gets short-lived tokens (OAuth client credentials). */
export type TokenKind = "bearer" | "client";
/** By what else than the id a parked member may name a person who arrives later. */
export type MemberMatching = "externalId" | "userName";

/** The tables as Kysely sees them. Column names are the wire names in snake_case; see migrations for the comments. */
export type Tables = EventTables &
  MappingTables &
  ScopeTables &
  RolloutTables &
  RemoteGroupTables & {
    workspaces: { id: WorkspaceId; name: string; created_at: Timestamp };
    api_keys: {
      public_id: string;
      workspace_id: WorkspaceId;
      role: Role;
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
      quarantined_at: NullableTimestamp;
      probes: Generated<number>;
      disabled_at: NullableTimestamp;
      paused_at: NullableTimestamp;
      ramp: number | null;
      recent: ColumnType<MinuteCount[], string | undefined, string>;
      removal_from: NullableTimestamp;
      nudged: Generated<boolean>;
      removal_since: NullableTimestamp;
      stuck_since: NullableTimestamp;
      stall_noted_at: NullableTimestamp;
      removal_noted_at: NullableTimestamp;
      compare_at: NullableTimestamp;
      plan_at: NullableTimestamp;
      webhook_id: string | null;
      certificate_ends_at: NullableTimestamp;
      approval_since: NullableTimestamp;
      approval_told_at: NullableTimestamp;
    };
    directory_rhythms: {
      tenant_id: TenantId;
      directory_id: string;
      seen_at: Timestamp;
      days: Generated<number>;
      longest_gap: unknown;
      earlier_gap: unknown;
      fortnight_at: Timestamp;
      silence_noted_at: NullableTimestamp;
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
    workspace_audit: WorkspaceAuditTable;
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
      gate: Generated<"open" | "closed">;
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
    memberships: {
      tenant_id: TenantId;
      group_id: string;
      user_id: string;
      at: NullableTimestamp;
      trace_id: TraceIdColumn;
    };
    parked_members: { tenant_id: TenantId; group_id: string; value: string; created_at: Timestamp };
    connections: ConnectionsTable;
    assignments: {
      tenant_id: TenantId;
      connection_id: string;
      position: number;
      group_id: string | null;
      display_name: string | null;
      display_name_key: string | null;
    };
    rules: RuleColumns & {
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
      removal_since: NullableTimestamp;
      remote_id: string | null;
      remote_user_name_key: string | null;
      applied: ColumnType<Attributes | null, string | null, string | null>;
      lookups: Generated<number>;
      verify: Generated<boolean>;
      in_flight_epoch: number | null;
      attempts: Generated<number>;
      crashes: Generated<number>;
      updated_at: Timestamp;
      left_at: NullableTimestamp;
      trace_id: TraceIdColumn;
      twin_since: NullableTimestamp;
      linked_at: NullableTimestamp;
      removal_pushed_at: NullableTimestamp;
      seated: Generated<boolean>;
      waits_since: NullableTimestamp;
    };
    removals: {
      tenant_id: TenantId;
      connection_id: string;
      id: string;
      user_id: string;
      user_name: string | null;
      external_id: string | null;
      remote_id: string;
      action: RemovalAction;
      confirmation: RemovalConfirmation;
      on_leave: OnLeave;
      delete_after_days: number | null;
      generation: number;
      epoch: number;
      accepted_at: NullableTimestamp;
      pushed_at: NullableTimestamp;
      confirmed_at: NullableTimestamp;
      recorded_at: Timestamp;
    };
    conflicts: {
      tenant_id: TenantId;
      connection_id: string;
      user_id: string;
      why: string;
      candidates: ColumnType<unknown, string, string>;
      found_at: Timestamp;
      decision: ConflictDecision | null;
      decided_remote_id: string | null;
      decided_by: string | null;
      decided_at: NullableTimestamp;
    };
    approvals: ApprovalsTable;
    plans: PlansTable;
    probes: ProbesTable;
    probe_objects: ProbeObjectsTable;
    policy_versions: PolicyVersionsTable;
    comparisons: {
      tenant_id: TenantId;
      connection_id: string;
      id: string;
      cause: "schedule" | "demand";
      policy: ComparisonPolicy;
      state: Generated<ComparisonState>;
      reason: string | null;
      phase: Generated<"listing" | "missing">;
      next_index: Generated<number>;
      page_size: Generated<number>;
      next_cursor: Generated<string | null>;
      after_user_id: string | null;
      due_at: Timestamp;
      tries: Generated<number>;
      total_results: number | null;
      listed: Generated<number>;
      checked: Generated<number>;
      unsettled: Generated<number>;
      drifted: Generated<number>;
      missing: Generated<number>;
      orphans: Generated<number>;
      unexpected_active: Generated<number>;
      duplicates: Generated<number>;
      repairs: Generated<number>;
      created_at: Timestamp;
      updated_at: Timestamp;
      finished_at: NullableTimestamp;
    };
    comparison_findings: {
      tenant_id: TenantId;
      connection_id: string;
      comparison_id: string;
      id: string;
      kind: FindingKind;
      user_id: string | null;
      remote_id: string | null;
      user_name: string | null;
      attributes: ColumnType<unknown, string, string>;
      repair: Generated<boolean>;
    };
    comparison_seen: { tenant_id: TenantId; connection_id: string; comparison_id: string; remote_id: string };
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
      trace_id: TraceIdColumn;
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
    attempts: AttemptsTable;
    gate_groups: { tenant_id: TenantId; connection_id: string; group_id: string };
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
    audit: AuditTable;
  };
