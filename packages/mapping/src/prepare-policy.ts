import type { TargetRule } from "./attributes/check-payload.ts";
import {
  type CompiledMapping,
  compileMapping,
  type MappingProblem,
  type MappingRow,
} from "./attributes/compile-mapping.ts";
import { defaultRows } from "./default-rows.ts";
import { profileRows } from "./profile-rows.ts";
import type { RolePolicy } from "./rule.ts";

export type ScopePolicy = { everyone: boolean; assignedGroupIds: readonly string[] };

/** Everything that decides what the accounts of one connection should be, apart from the people. */
export type AccountPolicy = ScopePolicy &
  RolePolicy & {
    /** The connection's own or its app's; undefined for that of the profile, or the product's own. */
    mapping?: readonly MappingRow[] | undefined;
    /** The kind of app that it is, by the key of its profile. */
    profile?: string | null | undefined;
    /** What the app demands of a user, checked before anything is sent. */
    payloadRules?: readonly TargetRule[] | undefined;
    /** Attributes that the app takes besides userName, externalId and active, extensions by their URN; null for all. */
    takes?: readonly string[] | null | undefined;
  };

type Compiled = CompiledMapping | { kind: "refused"; problems: MappingProblem[] };

/** A policy with its expressions compiled, for as many people as there are. */
export type PreparedPolicy = {
  policy: AccountPolicy;
  /** Null for the product's own mapping; refused when what is stored can no longer be read. */
  mapping: Compiled | null;
  payloadRules: readonly TargetRule[];
  takes: readonly string[] | null;
};

export type PreparePolicy = (policy: AccountPolicy) => PreparedPolicy;

/** Compiles what a policy says. Never throws: what cannot be compiled becomes a problem of every account. */
export function preparePolicy(
  policy: AccountPolicy,
  compile: (rows: readonly MappingRow[]) => Compiled = compileMapping,
): PreparedPolicy {
  const rows = policy.mapping ?? profileRows(policy.profile ?? null);
  return {
    policy,
    mapping: rows === defaultRows ? null : compile(rows),
    payloadRules: policy.payloadRules ?? [],
    takes: policy.takes ?? null,
  };
}

/** Whether a policy's mapping names this variable; what it does not name need not be read. */
export const usesVariable = ({ mapping }: PreparedPolicy, name: string): boolean =>
  mapping?.kind === "mapping" && mapping.uses.has(name);

/** Rows whose expressions are kept compiled at a time: some hundred mappings, and some ten megabytes. */
const MAX_ROWS = 2_000;

/**
 * Makes a `preparePolicy` that remembers the mappings that it compiled last, by what they say: connections of one app share
 * one, and a lane's batches do. For one process, which owns it.
 */
export function createPolicyPreparer(maxRows = MAX_ROWS): PreparePolicy {
  const kept = new Map<string, { compiled: Compiled; rows: number }>();
  let keptRows = 0;
  const compile = (rows: readonly MappingRow[]): Compiled => {
    const text = JSON.stringify(rows);
    const found = kept.get(text);
    const entry = found ?? { compiled: compileMapping(rows), rows: rows.length };
    // The one used last is the last to go.
    kept.delete(text);
    kept.set(text, entry);
    if (found === undefined) keptRows += entry.rows;
    for (const [oldest, { rows: count }] of kept) {
      if (keptRows <= maxRows || oldest === text) break;
      kept.delete(oldest);
      keptRows -= count;
    }
    return entry.compiled;
  };
  return (policy) => preparePolicy(policy, compile);
}
