import type { MappingRow } from "@muster/mapping";
import type { ColumnType, Generated } from "kysely";
import type { TenantId, Timestamp, WorkspaceId } from "./column-types.ts";

type Rows = ColumnType<MappingRow[], string, string>;

/** The tables of attribute mappings, as Kysely sees them. */
export type MappingTables = {
  app_mappings: { workspace_id: WorkspaceId; app_id: string; rows: Rows; version: string; updated_at: Timestamp };
  mappings: {
    tenant_id: TenantId;
    connection_id: string;
    rows: ColumnType<MappingRow[] | null, string | null, string | null>;
    app_version: string | null;
    uses_groups: Generated<boolean>;
    maps_access: Generated<boolean>;
    updated_at: Timestamp;
  };
};
