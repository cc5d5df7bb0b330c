import type { Json } from "@muster/scim";
import type { Selectable } from "kysely";
import type { ApprovalAction } from "./approval-tables.ts";
import type { NamedStatement, Statements } from "./database.ts";
import type { LearnedProfile } from "./probe-tables.ts";
import type { GroupsMode, GroupsOnLeave } from "./remote-group-tables.ts";
import type { ManualRoles, StoredScope } from "./scope-tables.ts";
import type {
  Adoption,
  AuthScheme,
  ComparisonPolicy,
  ConnectionState,
  GateState,
  MatchAttribute,
  OnLeave,
  Precedence,
  Tables,
  TenantId,
  TlsFacts,
  UpdateMethod,
  WorkspaceId,
} from "./tables.ts";

/** A connection with everything the worker and the console need; the credential stays sealed. */
export type ConnectionRecord = {
  id: string;
  workspaceId: WorkspaceId;
  appId: string;
  directoryId: string;
  name: string | null;
  /** The key of the kind of its target. */
  kind: string;
  baseUrl: string;
  authScheme: AuthScheme;
  keyId: string;
  sealedAuth: Buffer;
  /** Null where TLS is the usual. */
  tls: TlsFacts | null;
  /** What a target of its kind has besides its address and its sign-in; null for nothing. */
  targetOptions: Json;
  profile: string | null;
  /** What goes over the profile; null while nothing was learned, or nothing that is otherwise. */
  learnedProfile: LearnedProfile | null;
  onLeave: OnLeave;
  updateMethod: UpdateMethod;
  adoption: Adoption;
  adoptionAsk: boolean;
  adoptionMatch: MatchAttribute[];
  mayCreate: boolean;
  mayUpdate: boolean;
  mayDeactivate: boolean;
  /** Null: as `onLeave` says. */
  mayDelete: boolean | null;
  deleteAfterDays: number | null;
  compareEveryHours: number | null;
  comparePolicy: ComparisonPolicy;
  attemptLogDays: number;
  attemptLogBodies: boolean;
  gate: GateState;
  /** How many active accounts it may hold; null for as many as there are. */
  seatLimit: number | null;
  /** Ids of the groups whose people are let in first. */
  seatsFirst: string[];
  /** Which steps wait for somebody's approval. */
  approvals: ApprovalAction[];
  groupsMode: GroupsMode;
  /** Ids of the groups of mode chosen. */
  chosenGroups: string[];
  groupsOnLeave: GroupsOnLeave;
  renameGroups: boolean;
  memberChunk: number;
  /** How many members the app was found to take in one request; null for as many as it is sent. */
  memberLimit: number | null;
  maxInFlight: number;
  ratePerSecond: number | null;
  /** Accounts a second to which a 429 lowered it; null while nothing was learned. */
  learnedRate: number | null;
  rateLearnedAt: Date | null;
  guardPercent: number;
  everyone: boolean;
  scope: StoredScope;
  precedence: Precedence;
  defaultRole: string | null;
  personRoles: boolean;
  manualRoles: ManualRoles;
  protectedRoles: string[];
  state: ConnectionState;
  stateReason: string | null;
  lastAttemptAt: Date | null;
  createdAt: Date;
};

function toConnection(row: Selectable<Tables["connections"]>): ConnectionRecord {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    appId: row.app_id,
    directoryId: row.directory_id,
    name: row.name,
    kind: row.kind,
    baseUrl: row.base_url,
    authScheme: row.auth_scheme,
    keyId: row.key_id,
    sealedAuth: row.sealed_auth,
    tls: row.tls,
    targetOptions: row.target_options,
    profile: row.profile,
    learnedProfile: row.learned_profile,
    onLeave: row.on_leave,
    updateMethod: row.update_method,
    adoption: row.adoption,
    adoptionAsk: row.adoption_ask,
    adoptionMatch: row.adoption_match,
    mayCreate: row.may_create,
    mayUpdate: row.may_update,
    mayDeactivate: row.may_deactivate,
    mayDelete: row.may_delete,
    deleteAfterDays: row.delete_after_days,
    compareEveryHours: row.compare_every_hours,
    comparePolicy: row.compare_policy,
    attemptLogDays: row.attempt_log_days,
    attemptLogBodies: row.attempt_log_bodies,
    gate: row.gate,
    seatLimit: row.seat_limit,
    seatsFirst: row.seats_first,
    approvals: row.approvals,
    groupsMode: row.groups_mode,
    chosenGroups: row.chosen_groups,
    groupsOnLeave: row.groups_on_leave,
    renameGroups: row.rename_groups,
    memberChunk: row.member_chunk,
    memberLimit: row.member_limit,
    maxInFlight: row.max_in_flight,
    ratePerSecond: row.rate_per_second,
    learnedRate: row.learned_rate,
    rateLearnedAt: row.rate_learned_at,
    guardPercent: row.guard_percent,
    everyone: row.everyone,
    scope: row.scope,
    precedence: row.precedence,
    defaultRole: row.default_role,
    personRoles: row.person_roles,
    manualRoles: row.manual_roles,
    protectedRoles: row.protected_roles,
    state: row.state,
    stateReason: row.state_reason,
    lastAttemptAt: row.last_attempt_at,
    createdAt: row.created_at,
  };
}

export type NewConnection = Pick<
  ConnectionRecord,
  | "id"
  | "workspaceId"
  | "appId"
  | "directoryId"
  | "name"
  | "kind"
  | "baseUrl"
  | "authScheme"
  | "keyId"
  | "sealedAuth"
  | "tls"
  | "targetOptions"
  | "profile"
  | "onLeave"
  | "updateMethod"
  | "adoption"
  | "maxInFlight"
  | "ratePerSecond"
> & { policy: ConnectionPolicyChange };

/** What a connection may do, whose accounts it may take and when it is compared; what is left out has the table's default. */
export type ConnectionPolicyChange = Partial<
  Pick<
    ConnectionRecord,
    | "guardPercent"
    | "adoptionAsk"
    | "adoptionMatch"
    | "mayCreate"
    | "mayUpdate"
    | "mayDeactivate"
    | "mayDelete"
    | "deleteAfterDays"
    | "compareEveryHours"
    | "comparePolicy"
    | "attemptLogDays"
    | "attemptLogBodies"
    | "gate"
    | "seatLimit"
    | "seatsFirst"
    | "approvals"
    | "groupsMode"
    | "chosenGroups"
    | "groupsOnLeave"
    | "renameGroups"
    | "memberChunk"
    | "memberLimit"
    | "learnedRate"
  >
>;

/** Inserts a connection. Throws a foreign key violation when the app or the directory does not exist. */
export async function insertConnection(
  tx: Statements,
  tenantId: TenantId,
  { policy, ...connection }: NewConnection,
): Promise<ConnectionRecord> {
  const rows = await tx.run(
    tx.sql
      .insertInto("connections")
      .values({
        tenant_id: tenantId,
        id: connection.id,
        workspace_id: connection.workspaceId,
        app_id: connection.appId,
        directory_id: connection.directoryId,
        name: connection.name,
        kind: connection.kind,
        base_url: connection.baseUrl,
        auth_scheme: connection.authScheme,
        key_id: connection.keyId,
        sealed_auth: connection.sealedAuth,
        tls: connection.tls === null ? null : JSON.stringify(connection.tls),
        target_options: jsonOrNull(connection.targetOptions),
        profile: connection.profile,
        on_leave: connection.onLeave,
        update_method: connection.updateMethod,
        adoption: connection.adoption,
        max_in_flight: connection.maxInFlight,
        rate_per_second: connection.ratePerSecond,
        ...columnsOf(policy),
      })
      .returningAll(),
  );
  const [row] = rows;
  if (row === undefined) throw new Error("An insert must return its row");
  return toConnection(row);
}

function jsonOrNull(value: Json): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Reads one connection; undefined when the tenant has none of this id. */
export async function getConnection(
  tx: Statements,
  tenantId: TenantId,
  id: string,
): Promise<ConnectionRecord | undefined> {
  const [row] = await tx.run(
    tx.sql.selectFrom("connections").selectAll().where("tenant_id", "=", tenantId).where("id", "=", id),
  );
  return row === undefined ? undefined : toConnection(row);
}

/** Lists a tenant's connections in the order of their ids. */
export async function listConnections(
  tx: Statements,
  tenantId: TenantId,
  page: { after: string | undefined; limit: number },
): Promise<ConnectionRecord[]> {
  let query = tx.sql
    .selectFrom("connections")
    .selectAll()
    .where("tenant_id", "=", tenantId)
    .orderBy("id")
    .limit(page.limit);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return (await tx.run(query)).map(toConnection);
}

export type ConnectionChange = ConnectionPolicyChange &
  Partial<
    Pick<
      ConnectionRecord,
      | "name"
      | "baseUrl"
      | "authScheme"
      | "keyId"
      | "sealedAuth"
      | "tls"
      | "profile"
      | "onLeave"
      | "updateMethod"
      | "adoption"
      | "maxInFlight"
      | "ratePerSecond"
      | "everyone"
      | "precedence"
      | "defaultRole"
      | "personRoles"
      | "manualRoles"
      | "protectedRoles"
      | "state"
      | "stateReason"
      | "lastAttemptAt"
    >
  > & {
    rulesReadNames?: boolean;
    scope?: StoredScope;
    scopeReadsNames?: boolean;
    awaitsPeople?: boolean;
    /** As JSON; null forgets it. */
    learnedProfile?: string | null;
    /** As JSON; null for none. */
    targetOptions?: string | null;
  };

const COLUMN_OF = {
  name: "name",
  baseUrl: "base_url",
  authScheme: "auth_scheme",
  keyId: "key_id",
  sealedAuth: "sealed_auth",
  tls: "tls",
  targetOptions: "target_options",
  profile: "profile",
  learnedProfile: "learned_profile",
  onLeave: "on_leave",
  updateMethod: "update_method",
  adoption: "adoption",
  adoptionAsk: "adoption_ask",
  adoptionMatch: "adoption_match",
  mayCreate: "may_create",
  mayUpdate: "may_update",
  mayDeactivate: "may_deactivate",
  mayDelete: "may_delete",
  deleteAfterDays: "delete_after_days",
  compareEveryHours: "compare_every_hours",
  comparePolicy: "compare_policy",
  attemptLogDays: "attempt_log_days",
  attemptLogBodies: "attempt_log_bodies",
  gate: "gate",
  seatLimit: "seat_limit",
  seatsFirst: "seats_first",
  approvals: "approvals",
  groupsMode: "groups_mode",
  chosenGroups: "chosen_groups",
  groupsOnLeave: "groups_on_leave",
  renameGroups: "rename_groups",
  memberChunk: "member_chunk",
  memberLimit: "member_limit",
  maxInFlight: "max_in_flight",
  ratePerSecond: "rate_per_second",
  learnedRate: "learned_rate",
  guardPercent: "guard_percent",
  everyone: "everyone",
  precedence: "precedence",
  defaultRole: "default_role",
  personRoles: "person_roles",
  manualRoles: "manual_roles",
  protectedRoles: "protected_roles",
  rulesReadNames: "rules_read_names",
  scope: "scope",
  scopeReadsNames: "scope_reads_names",
  awaitsPeople: "awaits_people",
  state: "state",
  stateReason: "state_reason",
  lastAttemptAt: "last_attempt_at",
} as const satisfies Record<keyof ConnectionChange, keyof Tables["connections"]>;

/** Changes the named members of a connection and leaves the others. */
export async function updateConnection(
  tx: Statements,
  tenantId: TenantId,
  id: string,
  change: ConnectionChange,
): Promise<void> {
  const columns = columnsOf(change);
  if (Object.keys(columns).length === 0) return;
  await tx.run(tx.sql.updateTable("connections").set(columns).where("tenant_id", "=", tenantId).where("id", "=", id));
}

function columnsOf(change: ConnectionChange): Record<string, unknown> {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [COLUMN_OF[key as keyof ConnectionChange], value]));
}

const LEARN_RATE: NamedStatement<object> = {
  name: "learn-rate",
  text: "update connections set learned_rate = $3, rate_learned_at = now() where tenant_id = $1 and id = $2",
};

/** Remembers how many accounts a second the app was found to take. */
export async function learnRate(
  tx: Statements,
  tenantId: TenantId,
  connectionId: string,
  perSecond: number,
): Promise<void> {
  await tx.named(LEARN_RATE, [tenantId, connectionId, perSecond]);
}
