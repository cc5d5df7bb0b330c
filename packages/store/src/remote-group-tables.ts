import type { ColumnType, Generated } from "kysely";
import type { TraceIdColumn } from "./trace-tables.ts";

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/** Which groups a connection pushes. */
export type GroupsMode = "none" | "chosen" | "assigned";
/** What becomes of the app's group when it is pushed no more. */
export type GroupsOnLeave = "delete" | "leave";
/** How far a member of a group is from what the app should have. */
export type RemoteMemberState = "adding" | "applied" | "removing" | "parked";

/** What a connection's row says about the groups that it pushes. */
export type ConnectionGroupColumns = {
  groups_mode: Generated<GroupsMode>;
  chosen_groups: ColumnType<string[], string[] | undefined, string[]>;
  groups_on_leave: Generated<GroupsOnLeave>;
  rename_groups: Generated<boolean>;
  member_chunk: Generated<number>;
  member_limit: number | null;
};

/** The tables of groups in apps, as Kysely sees them. */
export type RemoteGroupTables = {
  remote_groups: {
    tenant_id: string;
    connection_id: string;
    group_id: string;
    wanted: Generated<boolean>;
    barrier: string | null;
    desired_generation: Generated<number>;
    applied_generation: Generated<number>;
    state: Generated<"pending" | "synced" | "failing" | "stopped" | "held">;
    reason: string | null;
    error_class: string | null;
    last_status: number | null;
    due_at: NullableTimestamp;
    remote_id: string | null;
    applied_name: string | null;
    made: Generated<boolean>;
    former_remote_id: string | null;
    former_name: string | null;
    verify: Generated<boolean>;
    lookups: Generated<number>;
    in_flight_epoch: number | null;
    attempts: Generated<number>;
    crashes: Generated<number>;
    candidates: ColumnType<unknown, string | undefined, string>;
    decided_remote_id: string | null;
    trace_id: TraceIdColumn;
    updated_at: Timestamp;
  };
  remote_group_members: {
    tenant_id: string;
    connection_id: string;
    group_id: string;
    remote_id: string;
    user_id: string;
    state: RemoteMemberState;
    guard: "held" | "kept" | "approved" | null;
    hold_id: string | null;
    reason: string | null;
    retry_at: NullableTimestamp;
  };
  remote_group_marks: {
    tenant_id: string;
    id: Generated<number>;
    connection_id: string;
    group_id: string;
    by_tx: Generated<string>;
    trace_id: TraceIdColumn;
  };
};
