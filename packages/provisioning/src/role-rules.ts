import { checkCondition, readsGroupNames } from "@muster/mapping";
import { Refusal } from "@muster/runtime";
import {
  type Database,
  type GroupBinding,
  insertAudit,
  inTenant,
  listApps,
  listRules,
  type ManualRoles,
  type Precedence,
  type RuleRecord,
  type RuleView,
  replaceRules,
  type TenantId,
  type Tx,
  updateConnection,
} from "@muster/store";
import { type BoundGroup, bindGroups, type GroupName, toBoundGroup } from "./bind-groups.ts";
import { type Owner, requireConnection } from "./connections.ts";

/** Whose members a rule is about: one group, those whose names begin with a text, or those whose names fit a pattern. */
export type RuleGroup = GroupName | { prefix: string } | { glob: string };
export type RuleInput = { role: string; group?: RuleGroup; condition?: string };

/** How a connection's rules decide together. */
export type RoleSettings = {
  precedence: Precedence;
  defaultRole: string | null;
  personRoles: "ignored" | "declared";
  manualRoles: ManualRoles;
};

/** What a pattern has instead of an id and a name: the pattern, and how many groups it fits now. */
export type RuleGroupView = BoundGroup | (BoundGroup & { matches: number } & ({ prefix: string } | { glob: string }));
export type Rules = RoleSettings & { rules: { group: RuleGroupView | null; role: string; condition?: string }[] };

/** As many conditions and patterns as a connection has: every person is held against each condition, every group's name against each pattern. */
const MAX_CONDITIONS = 100;
const MAX_PATTERNS = 50;

/** Rules as somebody wants them. */
export type RulesInput = Partial<RoleSettings> &
  Pick<RoleSettings, "precedence" | "defaultRole"> & { rules: RuleInput[] };

const settingsOf = (input: RulesInput): RoleSettings => ({
  precedence: input.precedence,
  defaultRole: input.defaultRole,
  personRoles: input.personRoles ?? "ignored",
  manualRoles: input.manualRoles ?? "locked",
});

/** Replaces a connection's rules in the caller's transaction, which must be of the workspace too and is to expand the connection. */
export async function saveRules(tx: Tx, owner: Owner, connectionId: string, input: RulesInput): Promise<void> {
  const { tenantId, actor } = owner;
  checkRules(input.rules);
  const settings = settingsOf(input);
  const connection = await requireConnection(tx, tenantId, connectionId);
  const [app] = await listApps(tx, owner.workspaceId, { id: connection.appId, limit: 1 });
  const declaredRoles = (app?.roles ?? []).map((role) => role.key);
  for (const role of [input.defaultRole, ...input.rules.map((rule) => rule.role)]) {
    if (role !== null && !declaredRoles.includes(role))
      throw new Refusal("invalid", `The app has no role "${role}": it has ${declaredRoles.join(", ") || "none"}`);
  }
  await replaceRules(tx, tenantId, connectionId, await bindRules(tx, tenantId, connection.directoryId, input.rules));
  await updateConnection(tx, tenantId, connectionId, {
    precedence: settings.precedence,
    defaultRole: settings.defaultRole,
    personRoles: settings.personRoles === "declared",
    manualRoles: settings.manualRoles,
    rulesReadNames: input.rules.some(({ condition }) => typeof condition === "string" && readsGroupNames(condition)),
  });
  await insertAudit(tx, tenantId, { actor, action: "rules.put", target: connectionId });
}

function checkRules(rules: readonly RuleInput[]): void {
  const conditions = new Set<string>();
  for (const [position, { group, condition }] of rules.entries()) {
    const kinds = group === undefined ? [] : ["prefix", "glob", "id", "displayName"].filter((name) => name in group);
    if (kinds.length > 1 && (kinds.includes("prefix") || kinds.includes("glob")))
      throw new Refusal(
        "invalid",
        `rules[${position}].group has ${kinds.join(" and ")}: a rule's group is named in one way`,
      );
    if (typeof condition === "string") {
      conditions.add(condition);
      const problem = checkCondition(condition);
      if (problem !== null)
        throw new Refusal("invalid", `rules[${position}].condition cannot be used. ${problem.message}`);
    } else if (group === undefined)
      throw new Refusal(
        "invalid",
        `rules[${position}] names no group and has no condition: a role for everybody is the defaultRole`,
      );
  }
  if (conditions.size > MAX_CONDITIONS)
    throw new Refusal("invalid", `Rules have at most ${MAX_CONDITIONS} different conditions, not ${conditions.size}`);
  const patterns = rules.filter(({ group }) => group !== undefined && ("prefix" in group || "glob" in group)).length;
  if (patterns > MAX_PATTERNS)
    throw new Refusal("invalid", `Rules have at most ${MAX_PATTERNS} groups by prefix or glob, not ${patterns}`);
}

async function bindRules(
  tx: Tx,
  tenantId: TenantId,
  directoryId: string,
  rules: readonly RuleInput[],
): Promise<RuleRecord[]> {
  const named = rules.flatMap(({ group }, position) =>
    group !== undefined && ("id" in group || "displayName" in group) ? [{ position, group }] : [],
  );
  const found = await bindGroups(
    tx,
    tenantId,
    directoryId,
    named.map(({ group }) => group),
  );
  const bindings = new Map(named.map(({ position }, index) => [position, found[index] ?? NO_GROUP]));
  return rules.map(({ group, role, condition }, position) => ({
    ...(bindings.get(position) ?? NO_GROUP),
    role,
    prefix: group !== undefined && "prefix" in group ? group.prefix : null,
    glob: group !== undefined && "glob" in group ? group.glob : null,
    condition: condition ?? null,
  }));
}
const NO_GROUP: GroupBinding = { groupId: null, displayName: null };

/** Reads a connection's rules in their order. */
export async function getRules(deps: { db: Database }, owner: Owner, connectionId: string): Promise<Rules> {
  return await inTenant(deps.db, owner.tenantId, (tx) => readRules(tx, owner.tenantId, connectionId));
}

/** The same, as a part of the caller's transaction. */
export async function readRules(tx: Tx, tenantId: TenantId, connectionId: string): Promise<Rules> {
  const connection = await requireConnection(tx, tenantId, connectionId);
  const { precedence, defaultRole, manualRoles } = connection;
  const rows = await listRules(tx, tenantId, connectionId);
  return {
    precedence,
    defaultRole,
    personRoles: connection.personRoles ? "declared" : "ignored",
    manualRoles,
    rules: rows.map((row) => ({
      group: toRuleGroup(row),
      role: row.role,
      ...(row.condition === null ? {} : { condition: row.condition }),
    })),
  };
}

function toRuleGroup(row: RuleView): RuleGroupView | null {
  if (!row.needsGroup) return null;
  const { prefix, glob, matches } = row;
  const fits = { id: null, displayName: null, bound: matches > 0, matches };
  if (prefix !== null) return { ...fits, prefix };
  return glob === null ? toBoundGroup(row) : { ...fits, glob };
}
