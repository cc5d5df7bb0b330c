import type { ColumnType, Generated } from "kysely";
import type { NullableTimestamp, TenantId, Timestamp } from "./column-types.ts";

/** What may be done to an account only once somebody said so: give access, change it, end it, delete the account. */
export type ApprovalAction = "create" | "update" | "deactivate" | "delete";
export type ApprovalState = "waiting" | "approved" | "rejected";
/** One place that a step would change; null where there is nothing. */
export type AskedChange = { path: string; before: unknown; after: unknown };

export type ApprovalsTable = {
  tenant_id: TenantId;
  connection_id: string;
  user_id: string;
  id: string;
  action: ApprovalAction;
  content: ColumnType<unknown, string, string>;
  changes: ColumnType<AskedChange[], string, string>;
  asked_at: Timestamp;
  state: Generated<ApprovalState>;
  decided_by: string | null;
  decided_at: NullableTimestamp;
};
