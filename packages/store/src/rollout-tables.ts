import type { MappingRow } from "@muster/mapping";
import type { ColumnType } from "kysely";
import type { TenantId, Timestamp } from "./column-types.ts";
import type { PolicyParts, PolicyRule, PolicyTerms } from "./policy-parts.ts";

/** What is kept of an edit that is tried out, apart from its groups, which are rows. */
export type RolloutPolicy = Omit<PolicyParts, "assignedGroupIds" | "terms" | "rules" | "mapping"> & {
  terms: PolicyTerms | null;
  rules: (Pick<PolicyRule, "role" | "condition"> & { needsGroup: boolean })[];
  /** Null for that of the app. */
  mapping: MappingRow[] | null;
};

export type RolloutTables = {
  rollouts: {
    tenant_id: TenantId;
    connection_id: string;
    directory_id: string;
    version_id: string;
    number: number;
    actor: string;
    started_at: Timestamp;
    policy: ColumnType<RolloutPolicy, string, string>;
    reads_names: boolean;
    judges_attributes: boolean;
  };
  rollout_people: { tenant_id: TenantId; connection_id: string; user_id: string };
  rollout_groups: {
    tenant_id: TenantId;
    connection_id: string;
    part: "chosen" | "assigned" | "rule";
    position: number;
    group_id: string;
  };
  rollout_names: {
    tenant_id: TenantId;
    connection_id: string;
    part: "assigned" | "rule";
    position: number;
    display_name_key: string | null;
    name_pattern: string | null;
  };
};
