import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { NullableTimestamp, TenantId, Timestamp } from "./column-types.ts";

/** An edit as it was asked for, each part as the use case that saves it takes it. */
export type StoredEdit = { assignments?: object; rules?: object; mapping?: object };

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
  proposed: JSONColumnType<StoredEdit>;
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
