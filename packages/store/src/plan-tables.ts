import type { RowInput } from "@muster/mapping";
import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { NullableTimestamp, Precedence, TenantId, Timestamp } from "./column-types.ts";

/** A group as a person names it. A name that no group has yet waits for one. */
export type GroupName = { id: string } | { displayName: string };
/** Assignments and rules as somebody wants them, whether they are saved or only planned. */
export type AssignmentsInput = { everyone: boolean; groups: GroupName[] };
export type RulesInput = {
  precedence: Precedence;
  defaultRole: string | null;
  rules: { group: GroupName; role: string }[];
};

/** An edit that nobody has saved: what is not in it stays as it is. */
export type ProposedEdit = {
  assignments?: AssignmentsInput;
  rules?: RulesInput;
  /** Null rows: the app's mapping. */
  mapping?: { rows: RowInput[] | null };
};

export type PlanState = "waiting" | "running" | "done" | "failed";

/** What an edit does to one person's account: the first of these that is true. */
export type ChangeKind = "gains" | "loses" | "roles" | "attributes";

export type ChangeDetail = {
  /** Roles before and after, the primary one first; empty where there is no access. */
  rolesBefore: string[];
  rolesAfter: string[];
  /** Names of the attributes of the app's user that differ, `roles` left out; only where access stays. */
  attributes: string[];
};

/** What an edit of a connection's scope, rules or mapping would change, before anybody saves it (G12). */
export type EditPlan = {
  /** Everybody who has, or would have, an account. */
  people: number;
  inScopeBefore: number;
  inScopeAfter: number;
  changes: { change: ChangeKind; count: number; first: ({ userId: string; userName: string } & ChangeDetail)[] }[];
  /** How many would get and lose each role. */
  roles: { role: string; gain: number; lose: number }[];
  /** What the guard would say of saving it: whose accounts would be made inactive or deleted, and how many may be. */
  guard: { losing: number; threshold: number; wouldHold: boolean };
};

export type PlansTable = {
  tenant_id: TenantId;
  connection_id: string;
  id: string;
  actor: string;
  proposed: JSONColumnType<ProposedEdit>;
  names: number;
  state: Generated<PlanState>;
  reason: string | null;
  tries: Generated<number>;
  people: Generated<number>;
  total: number | null;
  result: ColumnType<EditPlan | null, string | null, string | null>;
  created_at: Timestamp;
  finished_at: NullableTimestamp;
};
