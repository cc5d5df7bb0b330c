import type { Attributes, UserState } from "@muster/scim";
import type { Candidates, Derivation } from "./attributes/compile-mapping.ts";
import { type AccountProblem, mapAccount } from "./map-account.ts";
import type { PreparedPolicy, ScopePolicy } from "./prepare-policy.ts";
import { rolesForGroups } from "./roles-for-groups.ts";
import type { RoleReason } from "./rule.ts";

export type Person = {
  userId: string;
  user: UserState;
  deleted: boolean;
  groupIds: readonly string[];
  /** Display names of all their groups, read where an expression uses them. */
  groupNames?: readonly string[];
};

/** Why a person is, or is not, wanted in the app. */
export type ScopeReason =
  | { kind: "everyone" }
  | { kind: "group"; groupId: string }
  /** Out of scope, but their removal waits for the guard. */
  | { kind: "kept" }
  | { kind: "deleted" }
  | { kind: "notAssigned" };

/** What the app's copy of a person should be. Absent and inactive are desired states like any other. */
export type DesiredAccount =
  | {
      kind: "present";
      /** The person's own, whatever the mapping makes of it. */
      userName: string;
      payload: Attributes;
      active: boolean;
      scope: ScopeReason;
      roles: RoleReason[];
      /** With any of them nothing is sent but an end of access. */
      problems: readonly AccountProblem[];
      derivations: readonly Derivation[];
      /** Places whose value is the first that is free of several, to be found out by sending it. */
      candidates: readonly Candidates[];
    }
  | { kind: "absent"; scope: ScopeReason };

/** What a person's desired account depends on besides directory and policy. */
export type DesiredContext = {
  /** When it is computed, in milliseconds since 1970. */
  nowMs: number;
  /** What the app has of this account, null while it has none. */
  applied: Attributes | null;
  /** Access is kept whatever the policy says: the removal waits for the guard. */
  keepsAccess?: boolean;
  /** Candidates that somebody else is known to have in the app, by `candidateKey`. */
  taken?: ReadonlySet<string>;
};

/** Computes a person's desired account from the directory and the connection's policy: pure, no clock, no I/O. */
export function desiredAccount(person: Person, prepared: PreparedPolicy, context: DesiredContext): DesiredAccount {
  const { policy } = prepared;
  const scope = scopeOf(person, policy, context.keepsAccess === true);
  if (scope.kind === "deleted" || scope.kind === "notAssigned") return { kind: "absent", scope };
  const roles = rolesForGroups(policy, new Set(person.groupIds));
  const { nowMs, applied, taken } = context;
  const names = roles.map((reason) => reason.role);
  const account = mapAccount(prepared, { person, roles: names, nowMs, applied, taken });
  return { kind: "present", userName: person.user.userName, ...account, scope, roles };
}

/** Whether a person should have access now, whatever the guard says of them. */
export function isInScope(person: Person, { policy }: PreparedPolicy): boolean {
  return ["everyone", "group"].includes(scopeOf(person, policy, false).kind);
}

function scopeOf(person: Person, policy: ScopePolicy, keepsAccess: boolean): ScopeReason {
  if (person.deleted) return { kind: "deleted" };
  if (policy.everyone) return { kind: "everyone" };
  const groupId = policy.assignedGroupIds.find((id) => person.groupIds.includes(id));
  if (groupId !== undefined) return { kind: "group", groupId };
  return keepsAccess ? { kind: "kept" } : { kind: "notAssigned" };
}
