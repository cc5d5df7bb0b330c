export { accessOf, mapsAccess, rowsMapAccess } from "./access-of.ts";
export type { TargetRule, Violation } from "./attributes/check-payload.ts";
export { checkPayload } from "./attributes/check-payload.ts";
export type {
  Candidates,
  CompiledMapping,
  Derivation,
  Mapped,
  MappingProblem,
  MappingRow,
} from "./attributes/compile-mapping.ts";
export { candidateKey, compileMapping } from "./attributes/compile-mapping.ts";
export type { ReadRows, RowInput } from "./attributes/read-rows.ts";
export { readRows } from "./attributes/read-rows.ts";
export { defaultMapping } from "./default-mapping.ts";
export { defaultRows } from "./default-rows.ts";
export type { DesiredAccount, DesiredContext, Person } from "./desired-account.ts";
export { desiredAccount, standing } from "./desired-account.ts";
export type { ReadExpression } from "./entra/read-entra-expression.ts";
export { readEntraExpression } from "./entra/read-entra-expression.ts";
export { explainAccount } from "./explain-account.ts";
export type { Evaluated, Expression, ExpressionInput } from "./expressions/compile-expression.ts";
export { compileExpression, expressionValues } from "./expressions/compile-expression.ts";
export type { ExpressionProblem } from "./expressions/expression-problem.ts";
export { expressionLimits } from "./expressions/limits.ts";
export { jsonValue } from "./expressions/person-values.ts";
export type { AccountProblem } from "./map-account.ts";
export type { AccountPolicy, PolicyParts, PreparedPolicy, PreparePolicy } from "./prepare-policy.ts";
export { createPolicyPreparer, policyFor, preparePolicy, usesVariable } from "./prepare-policy.ts";
export { profileRows } from "./profile-rows.ts";
export type { RuleOutcome } from "./roles/explain-rules.ts";
export type { ManualRole, Precedence, RoleNote, RolePolicy, RoleReason, Rule } from "./roles/rule.ts";
export { checkCondition, checkDateExpression, readsGroupNames } from "./scope/condition.ts";
export { findZone } from "./scope/moment.ts";
export type { DateRule, ScopePolicy, ScopeReason, ScopeTerms } from "./scope/scope-policy.ts";
