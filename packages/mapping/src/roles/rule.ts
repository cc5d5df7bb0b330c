/** Who is in a group, or whom a condition is true for, gets a role. Rules are tried in order. */
export type Rule = {
  role: string;
  /** To be in one of them is enough. Null: the rule asks for no group; empty: no such group is there yet. */
  groupIds: readonly string[] | null;
  /** CEL over the person that must be true as well; null for none. */
  condition: string | null;
};

/**
 * How rules decide: `first` gives the first matching rule's role only, `highest` the one that comes first among the app's
 * roles, `all` every matching rule's.
 */
export type Precedence = "first" | "highest" | "all";

export type RolePolicy = {
  precedence: Precedence;
  defaultRole: string | null;
  rules: readonly Rule[];
  /** The roles that the app declared, the highest first. */
  declaredRoles?: readonly string[];
  /** Whether the person's own `roles` count, where the app declared them: only if the app's owner says so (V34). */
  personRoles?: boolean;
  /** Whether roles that somebody gave or took by hand count. */
  manualRoles?: boolean;
};

/** A role that somebody gave to one person, or took from them, by hand. */
export type ManualRole = { role: string; effect: "grant" | "remove" };

/** Why a person has a role. */
export type RoleReason = {
  role: string;
  because: /** `position` counts from 0; without a group the condition alone decided. */
    | { kind: "rule"; position: number; groupId: string | null }
    | { kind: "person" }
    | { kind: "manual" }
    | { kind: "default" };
};

/** What a person's roles would have been otherwise. */
export type RoleNote =
  /** The rule did not match because its condition gave an error, or something else than true or false. */
  { kind: "conditionFailed"; position: number; message: string } | { kind: "removedByHand"; role: string };

/** A person's roles, each once and the first one primary, and what to know about them. */
export type RoleDecision = { roles: RoleReason[]; notes: RoleNote[] };
