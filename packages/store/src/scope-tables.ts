import type { ColumnType, Generated } from "kysely";
import type { TenantId, Timestamp } from "./column-types.ts";

/** When access begins or ends, as it is kept: an expression that gives a date, and days before or after it. */
export type StoredDate = { expression: string; days: number };
/** What is kept of a scope besides groups and people; what is left out is not asked for. */
export type StoredScope = { condition?: string; starts?: StoredDate; ends?: StoredDate; timeZone?: string };
/** Whether an administrator may give and take roles by hand. */
export type ManualRoles = "locked" | "editable";

/** What a connection has for who is in scope and with which roles. */
export type ConnectionScopeColumns = {
  person_roles: Generated<boolean>;
  manual_roles: Generated<ManualRoles>;
  rules_read_names: Generated<boolean>;
  scope: ColumnType<StoredScope, string | undefined, string>;
  scope_reads_names: Generated<boolean>;
  awaits_people: Generated<boolean>;
  /** Computed by the database. */
  reaches_everyone: ColumnType<boolean, never, never>;
  protected_roles: ColumnType<string[], string[] | undefined, string[]>;
};

/** What a rule has besides one group and a role. */
export type RuleColumns = {
  needs_group: Generated<boolean>;
  name_prefix: string | null;
  name_glob: string | null;
  name_pattern: string | null;
  condition: string | null;
};

export type ScopeTables = {
  rule_groups: { tenant_id: TenantId; connection_id: string; position: number; group_id: string };
  manual_roles: {
    tenant_id: TenantId;
    connection_id: string;
    user_id: string;
    role_key: string;
    effect: "grant" | "remove";
    actor: string;
    at: Timestamp;
  };
  scope_people: {
    tenant_id: TenantId;
    connection_id: string;
    position: number;
    user_id: string | null;
    user_name: string | null;
    user_name_key: string | null;
  };
  expansion_losses: { tenant_id: TenantId; connection_id: string; expansion_id: string; user_id: string };
  protected_people: { tenant_id: TenantId; connection_id: string; user_id: string };
  lockouts: {
    tenant_id: TenantId;
    connection_id: string;
    user_id: string;
    role_key: string | null;
    reason: string;
    since: Timestamp;
  };
};
