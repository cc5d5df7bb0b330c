import type { Attributes, UserState } from "@muster/scim";
import type { Candidates, Derivation } from "./attributes/compile-mapping.ts";
import type { ExpressionInput } from "./expressions/compile-expression.ts";
import { type AccountProblem, mapAccount } from "./map-account.ts";
import { type PreparedPolicy, policyFor } from "./prepare-policy.ts";
import { decideRoles } from "./roles/decide-roles.ts";
import type { ManualRole, RoleNote, RoleReason } from "./roles/rule.ts";
import type { ScopeReason } from "./scope/scope-policy.ts";
import { type Standing, standingOf } from "./scope/standing.ts";

export type Person = {
  userId: string;
  user: UserState;
  deleted: boolean;
  groupIds: readonly string[];
  /** The display names of all their groups, for expressions; left out where no expression asks. */
  groupNames?: readonly string[];
  /** Roles that somebody gave or took by hand. */
  manualRoles?: readonly ManualRole[];
};

/** What the app's copy of a person should be. Absent and inactive are desired states like any other. */
export type DesiredAccount = {
  scope: ScopeReason;
  /** When this may become another by time alone, in milliseconds since 1970 (house trap 8); null or left out for never. */
  validUntilMs?: number | null;
} & (
  | {
      kind: "present";
      /** The person's own, whatever the mapping makes of it. */
      userName: string;
      payload: Attributes;
      active: boolean;
      roles: RoleReason[];
      roleNotes?: RoleNote[];
      /** With any of them nothing is sent but an end of access. */
      problems: readonly AccountProblem[];
      derivations: readonly Derivation[];
      /** Places whose value is the first that is free of several, to be found out by sending it. */
      candidates: readonly Candidates[];
    }
  | { kind: "absent" }
);

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
export function desiredAccount(person: Person, policy: PreparedPolicy, context: DesiredContext): DesiredAccount {
  const prepared = policyFor(policy, person);
  const { nowMs, applied, taken } = context;
  const input = inputOf(person, nowMs);
  const { is, reason, validUntilMs } = standingOf(prepared.scope, person, { nowMs, input });
  const scope = settle({ is, reason }, context);
  if (scope === null) return { kind: "absent", scope: reason, validUntilMs };
  const { roles, notes } = decideRoles(
    prepared.roles,
    { groupIds: person.groupIds, attributes: person.user.attributes, manualRoles: person.manualRoles ?? [] },
    (condition) => condition(input()),
  );
  const names = roles.map(({ role }) => role);
  const account = mapAccount(prepared, { person, roles: names, nowMs, applied, taken });
  const { userName } = person.user;
  return { kind: "present", userName, ...account, scope, roles, roleNotes: notes, validUntilMs };
}

/** Whether a person should have access now, whatever the guard says of them; "unknown" keeps what they have. */
export function standing(person: Person, policy: PreparedPolicy, nowMs: number): Standing["is"] {
  return standingOf(policyFor(policy, person).scope, person, { nowMs, input: inputOf(person, nowMs) }).is;
}

/** Why somebody is to have an account; null when they are not. */
function settle({ is, reason }: Pick<Standing, "is" | "reason">, context: DesiredContext): ScopeReason | null {
  if (is === "in") return reason;
  const has = context.applied !== null && context.applied["active"] !== false;
  if (is === "unknown") return reason.kind === "unreadable" && has ? { ...reason, keeps: true } : null;
  return context.keepsAccess === true && reason.kind !== "deleted" ? { kind: "kept" } : null;
}

/** What expressions see of a person, made once it is asked for. */
export function inputOf({ user, groupNames = [] }: Person, nowMs: number): () => ExpressionInput {
  let made: ExpressionInput | undefined;
  return () => {
    made ??= {
      user: { ...user.attributes, userName: user.userName, externalId: user.externalId, active: user.active },
      groups: groupNames,
      roles: [],
      now: new Date(nowMs).toISOString(),
    };
    return made;
  };
}
