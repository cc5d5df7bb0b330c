import type { Json } from "@muster/scim";
import type { ColumnType, Generated } from "kysely";
import type { ApprovalAction } from "./approval-tables.ts";
import type { NullableTimestamp, TenantId, Timestamp, WorkspaceId } from "./column-types.ts";
import type { LearnedProfile } from "./probe-tables.ts";
import type { ConnectionGroupColumns } from "./remote-group-tables.ts";
import type { ConnectionScopeColumns } from "./scope-tables.ts";

export type AuthScheme =
  | "bearer"
  | "header"
  | "basic"
  | "certificate"
  | "oauthClientCredentials"
  | "oauthPrivateKeyJwt"
  | "oauthJwtBearer"
  | "oauthAuthorizationCode"
  | "signature";
/** What may be shown of a connection's own TLS. */
export type TlsFacts = {
  ca: { expiresAt: string } | null;
  certificate: { subject: string; fingerprint: string; expiresAt: string } | null;
};
export type OnLeave = "deactivate" | "delete" | "leave";
export type UpdateMethod = "patch" | "put";
export type Adoption = "link" | "refuse";
/** By what an account that nobody owns may be taken for a person's. */
export type MatchAttribute = "externalId" | "userName" | "email";
export type ComparisonPolicy = "report" | "repair";
/** closed: nothing is sent; groups: only for the people of some groups. */
export type GateState = "open" | "closed" | "groups";
export type Precedence = "first" | "highest" | "all";
/** A pause by hand or by a suspended tenant is the lane's, and stands beside this. */
export type ConnectionState = "active" | "quarantined" | "disabled";

export type ConnectionsTable = ConnectionGroupColumns &
  ConnectionScopeColumns & {
    tenant_id: TenantId;
    id: string;
    workspace_id: WorkspaceId;
    app_id: string;
    directory_id: string;
    name: string | null;
    kind: string;
    base_url: string;
    auth_scheme: AuthScheme;
    key_id: string;
    sealed_auth: Buffer;
    tls: ColumnType<TlsFacts | null, string | null | undefined, string | null>;
    target_options: ColumnType<Json, string | null | undefined, string | null>;
    profile: string | null;
    learned_profile: ColumnType<LearnedProfile | null, undefined, string | null>;
    on_leave: OnLeave;
    update_method: UpdateMethod;
    adoption: Adoption;
    max_in_flight: number;
    rate_per_second: number | null;
    learned_rate: Generated<number | null>;
    rate_learned_at: Generated<Date | null>;
    guard_percent: Generated<number>;
    everyone: Generated<boolean>;
    precedence: Generated<Precedence>;
    default_role: string | null;
    state: Generated<ConnectionState>;
    state_reason: string | null;
    last_attempt_at: NullableTimestamp;
    created_at: Timestamp;
    may_create: Generated<boolean>;
    may_update: Generated<boolean>;
    may_deactivate: Generated<boolean>;
    may_delete: boolean | null;
    delete_after_days: number | null;
    adoption_ask: Generated<boolean>;
    adoption_match: ColumnType<MatchAttribute[], MatchAttribute[] | undefined, MatchAttribute[]>;
    compare_every_hours: ColumnType<number | null, number | null | undefined, number | null>;
    compare_policy: Generated<ComparisonPolicy>;
    attempt_log_days: Generated<number>;
    attempt_log_bodies: Generated<boolean>;
    gate: Generated<GateState>;
    seat_limit: number | null;
    seats_first: ColumnType<string[], string[] | undefined, string[]>;
    approvals: ColumnType<ApprovalAction[], ApprovalAction[] | undefined, ApprovalAction[]>;
  };
