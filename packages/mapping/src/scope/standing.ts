import { type Attributes, foldCase, type UserState } from "@muster/scim";
import { compileExpression, type Expression, type ExpressionInput } from "../expressions/compile-expression.ts";
import type { ExpressionProblem } from "../expressions/expression-problem.ts";
import { type Condition, prepareCondition } from "./condition.ts";
import { findZone, type Moment, moveMoment, readMoment, type Zone } from "./moment.ts";
import type { DateRule, ScopePolicy, ScopeReason } from "./scope-policy.ts";

/** What decides whether a person is in scope. */
export type ScopePerson = { userId: string; user: UserState; deleted: boolean; groupIds: readonly string[] };

/** Where a person stands, and until when that is so if nothing but time changes. Unknown: nobody can tell. */
export type Standing = { is: "in" | "out" | "unknown"; reason: ScopeReason; validUntilMs: number | null };

/** A policy with its expressions compiled, for as many people as there are. */
export type PreparedScope = {
  policy: ScopePolicy;
  userIds: ReadonlySet<string>;
  userNameKeys: ReadonlySet<string>;
  condition: Condition | null;
  starts: PreparedDate | null;
  ends: PreparedDate | null;
  /** The time zone of this name, else the connection's. */
  zone(name: unknown): Zone;
};
type PreparedDate = { rule: DateRule; expression: Expression | ExpressionProblem };

/** Zones that people name are kept up to this many, so that a source full of nonsense costs no memory. */
const KEPT_ZONES = 600;

/** Compiles what a policy says about who is in scope. */
export function prepareScope(policy: ScopePolicy): PreparedScope {
  const { terms } = policy;
  return {
    policy,
    userIds: new Set(terms?.userIds),
    userNameKeys: new Set(terms?.userNameKeys),
    condition: typeof terms?.condition === "string" ? prepareCondition(terms.condition) : null,
    starts: prepareDate(terms?.starts ?? null),
    ends: prepareDate(terms?.ends ?? null),
    zone: zones(terms?.timeZone ?? "UTC"),
  };
}

function prepareDate(rule: DateRule | null): PreparedDate | null {
  return rule === null ? null : { rule, expression: compileExpression(rule.expression) };
}

const UTC: Zone = { atWallClock: (ms) => ms };

function zones(fallback: string): (name: unknown) => Zone {
  const known = new Map<string, Zone | undefined>();
  const own = findZone(fallback) ?? UTC;
  return (name) => {
    if (typeof name !== "string" || name === "") return own;
    if (!known.has(name) && known.size < KEPT_ZONES) known.set(name, findZone(name));
    return known.get(name) ?? own;
  };
}

/**
 * Says whether a person should have access at a time. One thing that is assigned is enough (D2); dates are about everybody
 * (D8). Whoever is deleted is out whatever can be read.
 *
 * @param input what expressions see of the person
 */
export function standingOf(
  scope: PreparedScope,
  person: ScopePerson,
  at: { nowMs: number; input(): ExpressionInput },
): Standing {
  const assigned = assignedBy(scope, person, at.input);
  if (assigned.is === "out") return assigned;
  const dated = within(scope, person, at);
  // Out for certain comes before unknown, and so does a date that cannot be read before a condition that cannot.
  return dated === null || dated.is === "in" ? { ...assigned, validUntilMs: dated?.validUntilMs ?? null } : dated;
}

function assignedBy(scope: PreparedScope, person: ScopePerson, input: () => ExpressionInput): Standing {
  const { policy, userIds, userNameKeys, condition } = scope;
  const standing = (is: Standing["is"], reason: ScopeReason): Standing => ({ is, reason, validUntilMs: null });
  if (person.deleted) return standing("out", { kind: "deleted" });
  if (policy.everyone) return standing("in", { kind: "everyone" });
  const groupId = policy.assignedGroupIds.find((id) => person.groupIds.includes(id));
  if (groupId !== undefined) return standing("in", { kind: "group", groupId });
  if (userIds.has(person.userId) || (userNameKeys.size > 0 && userNameKeys.has(foldCase(person.user.userName))))
    return standing("in", { kind: "person" });
  const tested = condition?.(input());
  switch (tested?.kind) {
    case "true":
      return standing("in", { kind: "condition" });
    case "failed":
      return standing("unknown", { kind: "unreadable", what: "condition", message: tested.message, keeps: false });
    case "false":
    case undefined:
      return standing("out", { kind: "notAssigned" });
  }
}

/** Where a person stands by the dates alone; null where there are none. */
function within(
  { starts, ends, zone }: PreparedScope,
  person: ScopePerson,
  { nowMs, input }: { nowMs: number; input(): ExpressionInput },
): Standing | null {
  if (starts === null && ends === null) return null;
  const there = zone(timeZoneOf(person.user.attributes));
  const until = ends === null ? NEVER : boundary(ends, "end", there, input());
  // Whoever has ended has, whatever the start is.
  if (until.kind === "at" && nowMs >= until.ms)
    return { is: "out", reason: { kind: "ended", untilMs: until.ms }, validUntilMs: null };
  const from = starts === null ? NEVER : boundary(starts, "start", there, input());
  const next = [from, until].flatMap((one) => (one.kind === "at" && one.ms > nowMs ? [one.ms] : []));
  const validUntilMs = next.length === 0 ? null : Math.min(...next);
  if (from.kind === "at" && nowMs < from.ms)
    return { is: "out", reason: { kind: "notBegun", fromMs: from.ms }, validUntilMs };
  for (const [what, one] of [
    ["end", until],
    ["start", from],
  ] as const)
    if (one.kind === "unreadable")
      return { is: "unknown", reason: { kind: "unreadable", what, message: one.message, keeps: false }, validUntilMs };
  return { is: "in", reason: { kind: "everyone" }, validUntilMs };
}

type Boundary = { kind: "at"; ms: number } | { kind: "never" } | { kind: "unreadable"; message: string };
const NEVER: Boundary = { kind: "never" };

function boundary(
  { rule, expression }: PreparedDate,
  which: "start" | "end",
  zone: Zone,
  input: ExpressionInput,
): Boundary {
  const moment = evaluate(expression, zone, input);
  switch (moment.kind) {
    case "none":
      return NEVER;
    case "unreadable":
      return moment;
    case "instant":
      return { kind: "at", ms: moveMoment(moment, which === "start" ? -rule.days : rule.days, zone) };
    case "day":
      // The last day is a whole one.
      return { kind: "at", ms: moveMoment(moment, which === "start" ? -rule.days : rule.days + 1, zone) };
  }
}

function evaluate(expression: Expression | ExpressionProblem, zone: Zone, input: ExpressionInput): Moment {
  if (expression.kind === "problem") return { kind: "unreadable", message: expression.message };
  const evaluated = expression.evaluate(input);
  switch (evaluated.kind) {
    case "failed":
      return { kind: "unreadable", message: evaluated.message };
    case "candidates":
      return { kind: "unreadable", message: "it gives a choice of values and not a date" };
    case "value":
      return readMoment(evaluated.value, zone);
  }
}

/** @see RFC 7643 §4.1.1 */
const timeZoneOf = (attributes: Attributes): unknown => attributes["timezone"];
