import type { TargetRule } from "./attributes/check-payload.ts";
import {
  type CompiledMapping,
  compileMapping,
  type MappingProblem,
  type MappingRow,
} from "./attributes/compile-mapping.ts";
import { defaultRows } from "./default-rows.ts";
import { profileRows } from "./profile-rows.ts";
import { type PreparedRoles, prepareRoles } from "./roles/decide-roles.ts";
import type { RolePolicy } from "./roles/rule.ts";
import type { ScopePolicy } from "./scope/scope-policy.ts";
import { type PreparedScope, prepareScope } from "./scope/standing.ts";

/** Everything that decides what the accounts of one connection should be, apart from the people. */
export type AccountPolicy = PolicyParts & {
  /** The kind of app that it is, by the key of its profile. */
  profile?: string | null | undefined;
  /** What the app demands of a user, checked before anything is sent. */
  payloadRules?: readonly TargetRule[] | undefined;
  /** Other parts, which apply to some people only. */
  rollout?: PolicyRollout | undefined;
};

/** What somebody edits of a policy. */
export type PolicyParts = ScopePolicy &
  RolePolicy & {
    /** The connection's own or its app's; undefined for that of the profile, or the product's own. */
    mapping?: readonly MappingRow[] | undefined;
  };

/** An edit that is tried out on single people, and on whoever is in one of some groups. */
export type PolicyRollout = {
  userIds: readonly string[];
  groupIds: readonly string[];
  /** Every part of the policy as it would be. */
  policy: PolicyParts;
};

type Compiled = CompiledMapping | { kind: "refused"; problems: MappingProblem[] };

/** A policy with its expressions compiled, for as many people as there are. */
export type PreparedPolicy = {
  policy: AccountPolicy;
  scope: PreparedScope;
  roles: PreparedRoles;
  /** Null for the product's own mapping; refused when what is stored can no longer be read. */
  mapping: Compiled | null;
  payloadRules: readonly TargetRule[];
  /** What applies to some people instead; read it by `policyFor`. */
  rollout: { userIds: ReadonlySet<string>; groupIds: ReadonlySet<string>; prepared: PreparedPolicy } | null;
};

export type PreparePolicy = (policy: AccountPolicy) => PreparedPolicy;

/** Compiles what a policy says. Never throws: what cannot be compiled becomes a problem of every account. */
export function preparePolicy(policy: AccountPolicy): PreparedPolicy {
  return prepareWith(PARTS, policy);
}

/** What makes each part of a prepared policy. */
type Parts = {
  scope(policy: ScopePolicy): PreparedScope;
  roles(policy: RolePolicy): PreparedRoles;
  mapping(rows: readonly MappingRow[]): Compiled;
};
const PARTS: Parts = { scope: prepareScope, roles: prepareRoles, mapping: compileMapping };

function prepareWith(parts: Parts, policy: AccountPolicy): PreparedPolicy {
  const rows = policy.mapping ?? profileRows(policy.profile ?? null);
  return {
    policy,
    scope: parts.scope(policy),
    roles: parts.roles(policy),
    mapping: rows === defaultRows ? null : parts.mapping(rows),
    payloadRules: policy.payloadRules ?? [],
    rollout: policy.rollout === undefined ? null : prepareRollout(parts, policy, policy.rollout),
  };
}

function prepareRollout(parts: Parts, policy: AccountPolicy, rollout: PolicyRollout): PreparedPolicy["rollout"] {
  const { userIds, groupIds } = rollout;
  // Every part is the rollout's, also one that is left out; what the app is like is the connection's.
  const { terms, mapping, ...decided } = rollout.policy;
  const prepared = prepareWith(parts, { ...policy, ...decided, terms, mapping, rollout: undefined });
  return { userIds: new Set(userIds), groupIds: new Set(groupIds), prepared };
}

/**
 * The policy that decides about a person: the one that is tried out on them, else everybody's. Whatever is computed for
 * one person asks here first.
 */
export function policyFor(
  prepared: PreparedPolicy,
  person: { userId: string; groupIds: readonly string[] },
): PreparedPolicy {
  const { rollout } = prepared;
  if (rollout === null) return prepared;
  const isChosen = rollout.userIds.has(person.userId) || person.groupIds.some((id) => rollout.groupIds.has(id));
  return isChosen ? rollout.prepared : prepared;
}

/** Whether a policy's mapping, or one that is tried out, names this variable; what none names need not be read. */
export const usesVariable = ({ mapping, rollout }: PreparedPolicy, name: string): boolean =>
  (mapping?.kind === "mapping" && mapping.uses.has(name)) || (rollout !== null && usesVariable(rollout.prepared, name));

/** Characters of what is kept compiled at a time: some hundred mappings, and some ten megabytes. */
const MAX_CHARACTERS = 400_000;

/**
 * Makes a `preparePolicy` that remembers what it compiled last, by what that says: connections of one app share a mapping, and
 * the batches of a lane everything. For one process, which owns it.
 */
export function createPolicyPreparer(maxCharacters = MAX_CHARACTERS): PreparePolicy {
  const remember = createMemory(maxCharacters);
  const parts: Parts = {
    // Without an expression there is nothing to compile, and lists of ids are not worth a look.
    scope: (policy) => {
      const { everyone, assignedGroupIds, terms } = policy;
      return terms === undefined
        ? prepareScope(policy)
        : remember(["scope", everyone, assignedGroupIds, terms], () => prepareScope(policy));
    },
    roles: (policy) => {
      const { precedence, defaultRole, rules, declaredRoles, personRoles, manualRoles } = policy;
      return rules.every(({ condition }) => condition === null)
        ? prepareRoles(policy)
        : remember(["roles", precedence, defaultRole, rules, declaredRoles, personRoles, manualRoles], () =>
            prepareRoles(policy),
          );
    },
    mapping: (rows) => remember(["mapping", rows], () => compileMapping(rows)),
  };
  return (policy) => prepareWith(parts, policy);
}

/** Remembers what was made last by what it was made of; what was used longest ago goes first. */
function createMemory(maxCharacters: number): <Made>(of: readonly unknown[], make: () => Made) => Made {
  const kept = new Map<string, unknown>();
  let characters = 0;
  return (of, make) => {
    const text = JSON.stringify(of);
    const isNew = !kept.has(text);
    // Of this very text, so of what `make` makes.
    const made = isNew ? make() : (kept.get(text) as ReturnType<typeof make>);
    kept.delete(text);
    kept.set(text, made);
    if (isNew) characters += text.length;
    for (const oldest of kept.keys()) {
      if (characters <= maxCharacters || oldest === text) break;
      kept.delete(oldest);
      characters -= oldest.length;
    }
    return made;
  };
}
