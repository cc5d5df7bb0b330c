import type { ColumnType, Generated } from "kysely";
import type { TenantId, Timestamp } from "./column-types.ts";
import type { StoredEdit } from "./plan-tables.ts";

export type PolicyVersionsTable = {
  tenant_id: TenantId;
  connection_id: string;
  id: string;
  number: number;
  at: Timestamp;
  actor: string;
  cause: string;
  policy: ColumnType<Required<StoredEdit>, string, string>;
  trace_id: string | null;
  /** It applied to some people only. */
  staged: Generated<boolean>;
};
