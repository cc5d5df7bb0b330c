import type { TargetRule } from "./attributes/check-payload.ts";
import {
  type CompiledMapping,
  compileMapping,
  type MappingProblem,
  type MappingRow,
} from "./attributes/compile-mapping.ts";
import { type PreparedRoles, prepareRoles } from "./roles/decide-roles.ts";
import type { RolePolicy } from "./roles/rule.ts";
import type { ScopePolicy } from "./scope/scope-policy.ts";
import { type PreparedScope, prepareScope } from "./scope/standing.ts";

/** Everything that decides what the accounts of one connection should be, apart from the people. */
export type AccountPolicy = ScopePolicy &
  RolePolicy & {
    /** Undefined for the product's own mapping. */
    mapping?: readonly MappingRow[] | undefined;
    /** What the app demands of a user, checked before anything is sent. */
    payloadRules?: readonly TargetRule[] | undefined;
  };

/** A policy with its expressions compiled, for as many people as there are. */
export type PreparedPolicy = {
  policy: AccountPolicy;
  scope: PreparedScope;
  roles: PreparedRoles;
  /** Null for the product's own mapping; refused when what is stored can no longer be read. */
  mapping: CompiledMapping | { kind: "refused"; problems: MappingProblem[] } | null;
};

/** Compiles what a policy says. Never throws: what cannot be compiled becomes a problem of every account. */
export function preparePolicy(policy: AccountPolicy): PreparedPolicy {
  return {
    policy,
    scope: prepareScope(policy),
    roles: prepareRoles(policy),
    mapping: policy.mapping === undefined ? null : compileMapping(policy.mapping),
  };
}
