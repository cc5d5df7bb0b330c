import type { ColumnType } from "kysely";

type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/** 32 hexadecimal digits go in; out come those of a uuid. What a transaction of one request writes has its trace by default. */
export type TraceIdColumn = ColumnType<string | null, string | null | undefined, string | null>;

/** One request to an app and what it answered, masked: nothing in it tells a person or a secret. */
export type AttemptExchange = {
  method: string;
  path: string;
  body: unknown;
  status: number | null;
  retryAfter: string | null;
  answer: unknown;
};

export type AttemptsTable = {
  tenant_id: string;
  connection_id: string;
  id: string;
  user_id: string | null;
  /** The group that a call was about. */
  group_id: string | null;
  at: Timestamp;
  operation: string;
  outcome: string;
  status: number | null;
  detail: string | null;
  duration_ms: number;
  decision: string;
  generation: number;
  number: number;
  trace_id: TraceIdColumn;
  started_at: NullableTimestamp;
  retry_at: NullableTimestamp;
  exchanges: ColumnType<AttemptExchange[] | null, string | null | undefined, string | null>;
};

export type AuditTable = {
  tenant_id: string;
  id: string;
  at: Timestamp;
  actor: string;
  action: string;
  target: string;
  trace_id: TraceIdColumn;
};

export type WorkspaceAuditTable = Omit<AuditTable, "tenant_id" | "trace_id"> & { workspace_id: string };
